"""API tokens and users in the admin: who may do what, and what is shown."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import timezone

from accounts.api_tokens.restrictions import Restrictions, restrictions_of
from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.errors import NotAuthenticated
from accounts.models import APIToken, Login, User
from accounts.scopes import Scope
from accounts.users.roles import ROLES
from chat.models import ChatSession
from tests.support.world import PASSWORD, World

TOKENS = "/admin/accounts/apitoken/"


@pytest.fixture
def admin(world: World) -> Client:
    browser = Client()
    browser.force_login(User.objects.create_superuser("root", password="correct horse battery"))
    return browser


def issue(browser: Client, world: World, **changes: Any) -> Any:
    form = {"user": world.alice.user.pk, "name": "mini program", "lifetime": "30"}
    form |= {"scopes": ["chat", "read", "manage"], "allow_in_url": "on", **changes}
    return browser.post(TOKENS + "add/", form)


def secrets_in(response: Any) -> list[str]:
    return re.findall(r"ragflow-\w{38}", response.content.decode())


def test_a_token_is_issued_and_shown_once(world: World, admin: Client) -> None:
    assert admin.get(TOKENS + "add/").status_code == 200
    page = issue(admin, world)
    assert "no-store" in page.headers["Cache-Control"]
    (secret,) = secrets_in(page)
    identity = authenticate(Credentials((secret,)))
    assert identity.user == world.alice.user
    assert identity.expires_at is not None
    assert abs(identity.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)

    token = APIToken.objects.get(user=world.alice.user, name="mini program")
    for address in (TOKENS, f"{TOKENS}{token.pk}/change/", f"{TOKENS}{token.pk}/history/"):
        page = admin.get(address)
        assert token.hint in page.content.decode() or "history" in address
        assert secrets_in(page) == []
        assert token.digest not in page.content.decode()


def test_without_a_lifetime_it_has_no_end(world: World, admin: Client) -> None:
    (secret,) = secrets_in(issue(admin, world, lifetime=""))
    assert authenticate(Credentials((secret,))).expires_at is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"lifetime": "12345"}, "Select a valid choice"),
        ({"user": "0" * 32}, "Choose a user who is active"),
        ({"scopes": []}, "This field is required"),
        ({"origins": "app.example.org"}, "Write each origin as"),
        ({"dialogs": ["0" * 32]}, "Select a valid choice"),
    ],
)
def test_a_wrong_form_issues_nothing(
    world: World, admin: Client, changes: dict[str, Any], sentence: str
) -> None:
    before = APIToken.objects.count()
    page = issue(admin, world, **changes)
    assert sentence in page.content.decode()
    assert APIToken.objects.count() == before


def test_an_inactive_user_gets_none(world: World, admin: Client) -> None:
    page = issue(admin, world, user=world.charlie.user.pk)
    assert "Choose a user who is active" in page.content.decode()


def test_a_revoked_token_is_refused(world: World, admin: Client) -> None:
    tokens = [world.alice.token_row.pk, world.bob.token_row.pk]
    form = {"action": "revoke", "_selected_action": tokens}
    page = admin.post(TOKENS, form, follow=True)
    assert "2 API tokens were revoked." in page.content.decode()
    for person in (world.alice, world.bob):
        with pytest.raises(NotAuthenticated, match="revoked"):
            authenticate(Credentials((person.token,)))
    assert "0 API tokens were revoked." in admin.post(TOKENS, form, follow=True).content.decode()


def test_the_list_can_be_narrowed_to_a_state(world: World, admin: Client) -> None:
    APIToken.objects.filter(pk=world.bob.token_row.pk).update(revoked_at=timezone.now())
    page = admin.get(TOKENS, {"state": "revoked"}).content.decode()
    assert world.bob.token_row.hint in page
    assert world.alice.token_row.hint not in page
    assert admin.get(TOKENS, {"q": "alice"}).status_code == 200


def test_a_token_cannot_be_edited(world: World, admin: Client) -> None:
    address = f"{TOKENS}{world.alice.token_row.pk}/change/"
    assert admin.post(address, {"name": "other"}).status_code == 403


def test_other_users_have_no_access(world: World) -> None:
    browser = Client()
    for address in (TOKENS, TOKENS + "add/"):
        assert "/admin/login/" in browser.get(address).headers["Location"]
    browser.force_login(world.bob.user)
    assert "/admin/login/" in issue(browser, world).headers["Location"]


def test_staff_without_the_right_issue_none(world: World) -> None:
    User.objects.filter(pk=world.bob.user.pk).update(is_staff=True)
    browser = Client()
    browser.force_login(world.bob.user)
    assert issue(browser, world, user=world.bob.user.pk).status_code == 403
    assert browser.get(TOKENS).status_code == 403


def test_staff_issue_and_see_only_their_own(world: World) -> None:
    bob = world.bob.user
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(content_type__model="apitoken"))
    browser = Client()
    browser.force_login(bob)

    assert secrets_in(issue(browser, world)) == []
    (secret,) = secrets_in(issue(browser, world, user=bob.pk))
    assert authenticate(Credentials((secret,))).user == bob

    page = browser.get(TOKENS).content.decode()
    assert world.bob.token_row.hint in page
    assert world.alice.token_row.hint not in page
    theirs = [world.alice.token_row.pk]
    browser.post(TOKENS, {"action": "revoke", "_selected_action": theirs})
    assert authenticate(Credentials((world.alice.token,))).user == world.alice.user


def test_users_can_be_added_and_searched(world: World, admin: Client) -> None:
    page = admin.get("/admin/accounts/user/", {"q": "alice"})
    assert "alice@example.org" in page.content.decode()
    assert admin.get("/admin/accounts/user/add/").status_code == 200


def test_the_pages_run_no_inline_script(world: World, admin: Client) -> None:
    for page in (admin.get(TOKENS + "add/"), issue(admin, world), admin.get(TOKENS)):
        text = page.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text)
        assert not re.search(r"\son\w+=|javascript:|<style", text)


def test_staff_who_edit_users_cannot_become_superusers(world: World, admin: Client) -> None:
    bob, root = world.bob.user, User.objects.get(username="root")
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(content_type__model="user"))
    browser = Client()
    browser.force_login(bob)

    form = {"username": "bob", "is_active": "on", "is_superuser": "on", "is_staff": "on"}
    dates = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    saved = browser.post(f"/admin/accounts/user/{bob.pk}/change/", form | dates)
    assert saved.status_code == 302
    assert not User.objects.get(pk=bob.pk).is_superuser

    new = {"password1": "quite another one", "password2": "quite another one"}
    for address in (f"{root.pk}/password/", f"{root.pk}/change/", f"{root.pk}/delete/"):
        assert browser.post(f"/admin/accounts/user/{address}", new).status_code == 403
    assert User.objects.get(pk=root.pk).password == root.password


def test_a_token_is_issued_with_restrictions(world: World, admin: Client) -> None:
    page = "https://app.example.org"
    restrictions = {"scopes": ["chat"], "dialogs": [world.dialog.pk.hex], "origins": f"{page}\r\n"}
    issue(admin, world, **restrictions, allow_in_url="")
    token = APIToken.objects.get(name="mini program")
    assert restrictions_of(token) == Restrictions(
        frozenset({Scope.CHAT}), (world.dialog.pk,), (page,), allow_in_url=False
    )
    shown = admin.get(f"{TOKENS}{token.pk}/change/").content.decode()
    assert "chat · Helpdesk (alice)" in shown
    assert page in shown


def test_a_dialog_of_another_user_cannot_be_chosen(world: World, admin: Client) -> None:
    page = issue(admin, world, user=world.bob.user.pk, dialogs=[world.dialog.pk.hex])
    assert "Choose dialogs of the token" in page.content.decode()


def test_a_token_is_rotated(world: World, admin: Client) -> None:
    address = f"{TOKENS}{world.alice.token_row.pk}"
    assert f"{address}/rotate/" in admin.get(f"{address}/change/").content.decode()
    assert admin.get(f"{address}/rotate/").status_code == 200
    page = admin.post(f"{address}/rotate/", {"overlap": "24"})
    assert "no-store" in page.headers["Cache-Control"]
    (secret,) = secrets_in(page)
    assert authenticate(Credentials((secret,))).user == world.alice.user
    end = authenticate(Credentials((world.alice.token,))).expires_at
    assert end
    assert abs(end - timezone.now() - timedelta(days=1)) < timedelta(minutes=1)
    again = admin.post(f"{address}/rotate/", {"overlap": "24"})
    assert "was rotated before" in again.content.decode()
    assert f"{address}/rotate/" not in admin.get(f"{address}/change/").content.decode()


def test_staff_rotate_their_own_tokens_only(world: World) -> None:
    bob = world.bob.user
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    browser = Client()
    browser.force_login(bob)
    own, other = (f"{TOKENS}{person.token_row.pk}/rotate/" for person in (world.bob, world.alice))
    assert browser.post(own, {"overlap": "0"}).status_code == 403
    bob.user_permissions.set(Permission.objects.filter(content_type__model="apitoken"))
    assert browser.post(other, {"overlap": "0"}).status_code == 404
    assert secrets_in(browser.post(own, {"overlap": "0"}))


def test_a_user_is_deleted_with_all_that_is_theirs(world: World, admin: Client) -> None:
    alice = world.alice.user
    world.alice.jwt()
    ChatSession.objects.create(dialog=world.dialog, user=alice, name="Of tea")
    page = admin.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"})
    assert page.headers.get("Location") == "/admin/accounts/user/"
    assert not User.objects.filter(pk=alice.pk).exists()
    assert not Login.objects.filter(user=alice.pk).exists()
    assert not ChatSession.objects.filter(user=alice.pk).exists()


def test_selected_users_are_deleted_with_their_logins(world: World, admin: Client) -> None:
    world.bob.jwt()
    form = {"action": "delete_selected", "_selected_action": [world.bob.user.pk], "post": "yes"}
    page = admin.post("/admin/accounts/user/", form)
    assert page.status_code == 302
    assert not User.objects.filter(pk=world.bob.user.pk).exists()


def test_a_users_form_offers_roles_and_shows_nothing_of_the_password(
    world: World, admin: Client
) -> None:
    for role in ROLES:
        Group.objects.get_or_create(name=role)
    page = admin.get(f"/admin/accounts/user/{world.bob.user.pk}/change/").content.decode()
    assert world.bob.user.password.split("$")[-1] not in page
    assert "algorithm" not in page
    assert 'href="../password/"' in page
    for role in ROLES:
        assert re.search(rf'<label for="id_groups_\d">.*{role}', page, re.DOTALL)


def test_a_role_is_given(world: World, admin: Client) -> None:
    bob, role = world.bob.user, Group.objects.get_or_create(name="viewer")[0]
    form = {"username": "bob", "is_active": "on", "is_staff": "on", "groups": [role.pk]}
    page = admin.post(f"/admin/accounts/user/{bob.pk}/change/", form)
    assert page.status_code == 302
    assert list(bob.groups.all()) == [role]
    assert User.objects.get(pk=bob.pk).check_password(PASSWORD)


def test_the_index_begins_with_what_is_worked_with_every_day(admin: Client) -> None:
    page = admin.get("/admin/").content.decode()
    places = [page.index(f"app-{name} ") for name in ("chat", "knowledge", "accounts", "auth")]
    assert places == sorted(places)
