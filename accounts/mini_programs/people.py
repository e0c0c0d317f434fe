"""Mini program users: found or created from what a platform says, merged, and blocked."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.dialog_directory import dialog_directory
from accounts.logins.refresh_tokens import end_logins
from accounts.mini_programs.base import PlatformUser
from accounts.models import FormerUnion, Login, OpenId, Person
from accounts.revocation.broadcast import publish_credential_change
from accounts.secret_format import digest


def get_or_create_person(platform_user: PlatformUser) -> Person:
    """The person behind a platform's user, created at their first login."""
    try:
        with transaction.atomic():
            return _get_or_create_person(platform_user)
    except IntegrityError:
        # Two logins at the same moment: by now the other one has created the person.
        with transaction.atomic():
            return _get_or_create_person(platform_user)


def _get_or_create_person(platform_user: PlatformUser) -> Person:
    key = _key(platform_user)
    open_id = OpenId.objects.select_related("person").filter(**key).first()
    union = digest(platform_user.union_id) if platform_user.union_id else None
    person = _find_or_create(platform_user.platform, union, open_id)
    if open_id is None:
        OpenId.objects.create(person=person, hint=_hint(platform_user.open_id), **key)
    elif open_id.person != person:
        _merge(open_id.person, person)
        person.refresh_from_db()
    if union and union != person.union_digest:
        _keep_former_union(person, person.union_digest)
    person.union_digest = union or person.union_digest
    person.last_seen_at = timezone.now()
    person.save(update_fields=["union_digest", "last_seen_at"])
    return person


def _find_or_create(platform: str, union: str | None, open_id: OpenId | None) -> Person:
    """The person of that union if there is one, who may have logged in by another mini program."""
    found = _find_by_union(platform, union) if union else None
    if found is None and open_id:
        found = open_id.person
    return found or Person.objects.create(platform=platform, union_digest=union)


def _find_by_union(platform: str, union: str) -> Person | None:
    """Also by a former union: a person who is blocked must not come back by it as a new one."""
    people = Person.objects.filter(platform=platform)
    return (
        people.filter(union_digest=union).first()
        or people.filter(former_unions__digest=union).first()
    )


def _keep_former_union(person: Person, union: str | None) -> None:
    if union:
        FormerUnion.objects.get_or_create(
            platform=person.platform, digest=union, defaults={"person": person}
        )


def _merge(old: Person, person: Person) -> None:
    """Merge two people whom the platform has now identified as one."""
    end_logins(Login.objects.filter(person=old))
    OpenId.objects.filter(person=old).update(person=person)
    FormerUnion.objects.filter(person=old).update(person=person)
    operators = list(old.operators.all())
    person.operators.add(*operators)
    dialog_directory().hand_over(old.end_user, person.end_user, [user.pk for user in operators])
    merged = Person.objects.filter(pk=person.pk)
    merged.update(first_seen_at=min(old.first_seen_at, person.first_seen_at))
    if old.blocked_at:
        block(merged)
    _keep_former_union(person, old.union_digest)
    old.delete()


def block(people: QuerySet[Person]) -> int:
    """How many were not blocked before. Their logins, tickets and open sockets end at once."""
    unblocked = list(people.filter(blocked_at=None).values_list("pk", flat=True))
    count = Person.objects.filter(pk__in=unblocked, blocked_at=None).update(
        blocked_at=timezone.now()
    )
    publish_credential_change(people=unblocked)
    end_logins(Login.objects.filter(person__in=unblocked))
    return count


def unblock(people: QuerySet[Person]) -> int:
    return people.exclude(blocked_at=None).update(blocked_at=None)


def find_people(open_id: str) -> QuerySet[Person]:
    return Person.objects.filter(open_ids__digest=digest(open_id))


def _key(platform_user: PlatformUser) -> dict[str, Any]:
    return {
        "platform": platform_user.platform,
        "app_id": platform_user.app_id,
        "digest": digest(platform_user.open_id),
    }


def _hint(open_id: str) -> str:
    return f"{open_id[:4]}…{open_id[-4:]}" if len(open_id) > 12 else f"{open_id[:2]}…"
