"""Mini program users: one row for each person, by whichever mini program they log in."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from accounts.logins.refresh_tokens import begin_person_login
from accounts.mini_programs import people
from accounts.mini_programs.base import PlatformUser
from accounts.mini_programs.people import block, get_or_create_person
from accounts.models import Login, OpenId, Person, User
from chat.models import Attachment, ChatSession, Dialog
from tests.support.credential_changes import superuser_client
from tests.support.world import PASSWORD, World

PEOPLE = "/admin/accounts/person/"
OPEN_ID = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"


def visitor(open_id: str = OPEN_ID, union_id: str | None = None, **fields: str) -> PlatformUser:
    return PlatformUser(
        **{"platform": "wechat", "app_id": "wx1", **fields}, open_id=open_id, union_id=union_id
    )


def test_a_second_login_finds_the_same_person(db: None) -> None:
    person = get_or_create_person(visitor())
    seen = person.last_seen_at
    again = get_or_create_person(visitor())
    assert again == person
    assert again.last_seen_at > seen
    assert OpenId.objects.get().hint == "oGZU…VJJE"


@pytest.mark.parametrize("other", [{"open_id": "oBob"}, {"app_id": "wx2"}, {"platform": "qq"}])
def test_another_id_app_or_platform_is_another_person(db: None, other: dict[str, Any]) -> None:
    assert get_or_create_person(visitor()) != get_or_create_person(visitor(**other))


def test_a_union_is_one_person(db: None) -> None:
    person = get_or_create_person(visitor(union_id="u1"))
    assert get_or_create_person(visitor("oOther", "u1", app_id="wx2")) == person
    assert get_or_create_person(visitor("oOther", app_id="wx2")) == person
    assert get_or_create_person(visitor("oOther", "u1", app_id="wx2", platform="qq")) != person
    assert get_or_create_person(visitor("oThird", "u2", app_id="wx2")) != person


def test_a_union_id_may_come_with_a_later_login(db: None) -> None:
    person = get_or_create_person(visitor())
    assert get_or_create_person(visitor(union_id="u1")) == person
    assert get_or_create_person(visitor("oOther", "u1", app_id="wx2")) == person


def test_two_people_of_one_union_are_merged_with_all_they_have(world: World) -> None:
    old, kept = (
        get_or_create_person(visitor()),
        get_or_create_person(visitor("oOther", "u1", app_id="wx2")),
    )
    login = begin_person_login(old, world.alice.user.pk, None)
    for person in (old, kept):
        whose = {"end_user": person.end_user}
        ChatSession.objects.create(dialog=world.dialog, user=world.alice.user, name="x", **whose)
        Attachment.objects.create(owner=world.alice.user, name="x", size=1, passages=[], **whose)
    assert get_or_create_person(visitor(union_id="u1")) == kept
    assert Person.objects.get() == kept
    assert kept.open_ids.count() == 2
    assert not Login.objects.filter(pk=login.pk).exists()
    assert kept.first_seen_at >= old.first_seen_at
    for model in (ChatSession, Attachment):
        assert set(model.objects.values_list("end_user", flat=True)) == {kept.end_user}


def test_a_blocked_person_stays_blocked_when_merged(db: None) -> None:
    get_or_create_person(visitor())
    block(Person.objects.all())
    get_or_create_person(visitor("oOther", "u1", app_id="wx2"))
    assert get_or_create_person(visitor(union_id="u1")).blocked_at


def test_a_former_union_is_the_same_person(db: None) -> None:
    """The platform's unions change, when a mini program moves to another company."""
    person = get_or_create_person(visitor(union_id="u1"))
    assert get_or_create_person(visitor(union_id="u2")) == person
    block(Person.objects.all())
    back = get_or_create_person(visitor("oNew", "u1"))
    assert back == person
    assert back.blocked_at
    for union in ("u1", "u2", None):
        assert get_or_create_person(visitor("oNew", union)).blocked_at
    assert get_or_create_person(visitor("oOther", "u3")) != person


def test_the_unions_of_merged_people_stay_known(db: None) -> None:
    get_or_create_person(visitor(union_id="u1"))
    get_or_create_person(visitor(union_id="u2"))
    block(Person.objects.all())
    other = get_or_create_person(visitor("oOther", "u3"))
    assert get_or_create_person(visitor(union_id="u3")) == other
    for number, union in enumerate(("u1", "u2")):
        assert get_or_create_person(visitor(f"oNew{number}", union)).blocked_at


def test_an_end_user_of_the_same_name_of_another_operator_keeps_what_is_theirs(
    world: World,
) -> None:
    old, kept = get_or_create_person(visitor()), get_or_create_person(visitor("oOther", "u1"))
    begin_person_login(old, world.alice.user.pk, None)
    theirs = Dialog.objects.create(owner=world.bob.user, name="Theirs")
    for user, dialog in ((world.alice.user, world.dialog), (world.bob.user, theirs)):
        ChatSession.objects.create(dialog=dialog, user=user, name="x", end_user=old.end_user)
        Attachment.objects.create(owner=user, name="x", size=1, passages=[], end_user=old.end_user)
    assert get_or_create_person(visitor(union_id="u1")) == kept
    sessions = dict(ChatSession.objects.values_list("user__username", "end_user"))
    files = dict(Attachment.objects.values_list("owner__username", "end_user"))
    assert sessions == files == {"alice": kept.end_user, "bob": old.end_user}


def test_two_first_logins_at_once_make_one_person(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other login's row is there when this one is inserted."""
    original = people._get_or_create_person

    def too_late(visitor: PlatformUser) -> Person:
        monkeypatch.setattr(people, "_get_or_create_person", original)
        raise IntegrityError

    person = get_or_create_person(visitor())
    monkeypatch.setattr(people, "_get_or_create_person", too_late)
    assert get_or_create_person(visitor()) == person


# In the admin


def post(browser: Client, action: str) -> Any:
    ids = [str(id) for id in Person.objects.values_list("pk", flat=True)]
    return browser.post(PEOPLE, {"action": action, "_selected_action": ids}, follow=True)


def test_an_operator_sees_hints_of_openids_only(db: None) -> None:
    person = get_or_create_person(visitor())
    browser = superuser_client()
    listed = browser.get(PEOPLE).content.decode()
    shown = browser.get(f"{PEOPLE}{person.pk}/change/").content.decode()
    for page in (listed, shown):
        assert "oGZU…VJJE" in page
        assert OPEN_ID not in page
    assert person.end_user in shown


def test_an_operator_finds_one_by_the_whole_openid(db: None) -> None:
    get_or_create_person(visitor())
    browser = superuser_client()
    assert "oGZU…VJJE" in browser.get(PEOPLE, {"q": f" {OPEN_ID} "}).content.decode()
    for text in ("oGZU", "nobody"):
        assert "oGZU…VJJE" not in browser.get(PEOPLE, {"q": text}).content.decode()


def test_an_operator_blocks_and_unblocks_a_person(world: World) -> None:
    person = get_or_create_person(visitor())
    login = begin_person_login(person, world.alice.user.pk, None)
    browser = superuser_client()
    assert "1 person was blocked" in post(browser, "block").content.decode()
    login.refresh_from_db()
    assert login.ended_at
    assert "0 people were blocked" in post(browser, "block").content.decode()
    assert "oGZU" in browser.get(PEOPLE, {"blocked": "yes"}).content.decode()
    assert "1 person may come again" in post(browser, "unblock").content.decode()
    assert "oGZU" not in browser.get(PEOPLE, {"blocked": "yes"}).content.decode()
    assert "oGZU" in browser.get(PEOPLE, {"blocked": "no"}).content.decode()


def test_staff_need_the_permission_and_nobody_adds_or_deletes(db: None) -> None:
    person = get_or_create_person(visitor())
    staff = Client()
    staff.force_login(User.objects.create_user("staff", password=PASSWORD, is_staff=True))
    for path in (PEOPLE, f"{PEOPLE}{person.pk}/change/"):
        assert staff.get(path).status_code == 403
    assert post(staff, "block").status_code == 403
    for path in (f"{PEOPLE}add/", f"{PEOPLE}{person.pk}/delete/"):
        assert root_again().get(path).status_code == 403
    person.refresh_from_db()
    assert person.blocked_at is None


def root_again() -> Client:
    browser = Client()
    user = User.objects.filter(username="root").first()
    browser.force_login(user or User.objects.create_superuser("root", password=PASSWORD))
    return browser
