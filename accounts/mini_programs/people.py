"""Those who come by a mini program: met, told apart, and shown out for good."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.dialog_directory import dialog_directory
from accounts.logins.refresh_tokens import end_logins
from accounts.mini_programs.base import PlatformUser
from accounts.models import Login, OpenId, Person
from accounts.revocation.broadcast import publish_credential_change
from accounts.secret_format import digest


def meet(visitor: PlatformUser) -> Person:
    """Who that is; a unknown_actor is made known."""
    try:
        with transaction.atomic():
            return _meet(visitor)
    except IntegrityError:
        # They came twice at the same moment: by now the other one has made them known.
        with transaction.atomic():
            return _meet(visitor)


def _meet(visitor: PlatformUser) -> Person:
    key = _key(visitor)
    open_id = OpenId.objects.select_related("person").filter(**key).first()
    union = digest(visitor.union_id) if visitor.union_id else None
    person = _person_of(visitor.platform, union, open_id)
    if open_id is None:
        OpenId.objects.create(person=person, hint=_hint(visitor.open_id), **key)
    elif open_id.person != person:
        _join(open_id.person, person)
        person.refresh_from_db()
    person.union_digest = union or person.union_digest
    person.last_seen_at = timezone.now()
    person.save(update_fields=["union_digest", "last_seen_at"])
    return person


def _person_of(platform: str, union: str | None, open_id: OpenId | None) -> Person:
    """The one of that union if there is one, since they may have come by another mini program."""
    people = Person.objects.filter(platform=platform)
    found = people.filter(union_digest=union).first() if union else None
    if found is None and open_id:
        found = open_id.person
    return found or Person.objects.create(platform=platform, union_digest=union)


def _join(old: Person, person: Person) -> None:
    """Two turn out to be one, which a platform may tell late."""
    end_logins(Login.objects.filter(person=old))
    OpenId.objects.filter(person=old).update(person=person)
    dialog_directory().hand_over(old.end_user, person.end_user)
    kept = Person.objects.filter(pk=person.pk)
    kept.update(first_seen_at=min(old.first_seen_at, person.first_seen_at))
    if old.blocked_at:
        block(kept)
    old.delete()


def block(people: QuerySet[Person]) -> int:
    """How many were not blocked before. Their logins, tickets and open sockets end at once."""
    free = list(people.filter(blocked_at=None).values_list("pk", flat=True))
    count = Person.objects.filter(pk__in=free, blocked_at=None).update(blocked_at=timezone.now())
    publish_credential_change(people=free)
    end_logins(Login.objects.filter(person__in=free))
    return count


def unblock(people: QuerySet[Person]) -> int:
    return people.exclude(blocked_at=None).update(blocked_at=None)


def find_people(open_id: str) -> QuerySet[Person]:
    return Person.objects.filter(open_ids__digest=digest(open_id))


def _key(visitor: PlatformUser) -> dict[str, Any]:
    return {
        "platform": visitor.platform,
        "app_id": visitor.app_id,
        "digest": digest(visitor.open_id),
    }


def _hint(open_id: str) -> str:
    return f"{open_id[:4]}…{open_id[-4:]}" if len(open_id) > 12 else f"{open_id[:2]}…"
