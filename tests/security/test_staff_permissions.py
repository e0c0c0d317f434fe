"""What each permission of staff opens in the admin, alone: every page and every action."""

from __future__ import annotations

import re
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import Model
from django.urls import reverse

from accounts.api_tokens.tokens import issue_token
from accounts.models import Action, AuditEvent, Login, User
from accounts.users.roles import ROLES, permissions_of
from core.broadcast import EVERYONE, session_group
from tests.support.staff import MODELS, address, make_rows, staff
from tests.support.world import World

PAGES = ("changelist", "add", "change", "history", "delete")
# Pages besides: of which model, under which names.
EXTRA = {"user": ["password"], "apitoken": ["rotate"], "knowledgebase": ["upload", "try"]}
SEEN = {"changelist", "change", "history"}
# What is opened by a single permission. All that is not listed opens nothing.
OPENED: dict[str, set[str]] = {
    "view_user": SEEN,
    "change_user": SEEN | {"password"},
    "delete_user": {"delete"},
    "view_group": SEEN,
    "change_group": SEEN,
    "view_apitoken": SEEN,
    "change_apitoken": SEEN,
    "add_apitoken": {"add"},
    "delete_apitoken": {"delete"},
    "view_login": SEEN,
    "change_login": SEEN,
    "view_person": SEEN,
    "change_person": SEEN,
    "view_auditevent": SEEN,
    "view_dialog": SEEN,
    "change_dialog": SEEN,
    "add_dialog": {"add"},
    "delete_dialog": {"delete"},
    "view_chatsession": SEEN,
    "change_chatsession": SEEN,
    "delete_chatsession": {"delete"},
    "view_attachment": SEEN,
    "change_attachment": SEEN,
    "delete_attachment": {"delete"},
    "view_knowledgebase": SEEN,
    "change_knowledgebase": SEEN,
    "add_knowledgebase": {"add"},
    "delete_knowledgebase": {"delete"},
    "view_document": SEEN,
    "change_document": SEEN,
    "delete_document": {"delete"},
}
# The actions of a list for who may see it and has this permission besides.
ACTIONS: dict[str, set[str]] = {
    "change_user": {"reset_limits"},
    "change_apitoken": {"revoke", "reset_limits"},
    "change_login": {"end"},
    "change_person": {"block", "unblock"},
    "change_chatsession": {"send_notice", "send_notice_to_everyone"},
    "change_document": {"reindex", "read_again", "stop_reading"},
    **{
        f"delete_{name}": {"delete_selected"}
        for name in (
            *("user", "apitoken", "dialog", "chatsession", "attachment"),
            *("knowledgebase", "document"),
        )
    },
}
# What is written where, and the permissions that show it.
CONTENTS = {
    "qqquestion": {"view_chatsession", "change_chatsession"},
    "aaanswer": {"view_chatsession", "change_chatsession"},
    "nnnamed": {"view_chatsession", "change_chatsession"},
    "fffile": {
        *("view_attachment", "change_attachment"),
        *("view_chatsession", "change_chatsession"),
    },
    "pppassage": {"view_attachment", "change_attachment"},
    "iiinstruction": {"view_dialog", "change_dialog"},
    "ccchunk": {"view_document", "change_document"},
    "dddocument": {"view_document", "change_document"},
    "bbbase": {
        *("view_knowledgebase", "change_knowledgebase"),
        *("view_document", "change_document"),
    },
}


# What each role opens.
ROLE_PAGES: dict[str, dict[str, set[str]]] = {
    "viewer": {
        **dict.fromkeys(("dialog", "document", "chatsession", "attachment", "person"), SEEN),
        # It takes the right to see knowledge bases and the one to see documents.
        "knowledgebase": SEEN | {"try"},
    },
    "operator": {
        **dict.fromkeys(("chatsession", "attachment", "person", "login"), SEEN),
        "document": SEEN | {"delete"},
        "dialog": SEEN | {"add", "delete"},
        "knowledgebase": SEEN | {"add", "delete", "upload", "try"},
        "apitoken": SEEN | {"add", "delete", "rotate"},
    },
    "admin": {
        **dict.fromkeys(("person", "login", "auditevent"), SEEN),
        **dict.fromkeys(("document", "chatsession", "attachment"), SEEN | {"delete"}),
        "user": SEEN | {"add", "delete", "password"},
        "dialog": SEEN | {"add", "delete"},
        "knowledgebase": SEEN | {"add", "delete", "upload", "try"},
        "apitoken": SEEN | {"add", "delete", "rotate"},
    },
}


def permissions() -> list[str]:
    return [
        f"{action}_{model._meta.model_name}"
        for model in MODELS
        for action in model._meta.default_permissions
    ]


@pytest.fixture
def rows(world: World) -> dict[str, Model]:
    return make_rows(world)


def own_rows(rows: dict[str, Model]) -> dict[str, Model]:
    user = User.objects.get(username="staff")
    login = Login.objects.create(user=user, expires_at="2030-01-01T00:00:00Z")
    return {**rows, "apitoken": issue_token(user, "x").token, "login": login}


def pages_of(model: type[Model]) -> list[str]:
    name = model._meta.model_name or ""
    return [*PAGES, *EXTRA.get(name, [])]


def test_the_table_names_permissions_that_exist() -> None:
    assert {*OPENED, *ACTIONS} <= set(permissions())
    assert {name for model in MODELS for name in [model._meta.model_name]} == {
        *("user", "group", "apitoken", "login", "person", "auditevent"),
        *("dialog", "chatsession", "attachment", "knowledgebase", "document"),
    }


@pytest.mark.parametrize("permission", permissions())
def test_a_permission_alone_opens_what_the_table_says(
    rows: dict[str, Model], permission: str
) -> None:
    browser = staff(permission)
    rows = own_rows(rows)
    opened, text = set(), browser.get("/admin/").content.decode()
    for model in MODELS:
        name = model._meta.model_name or ""
        for page in pages_of(model):
            response = browser.get(address(model, page, rows[name]))
            assert response.status_code in (200, 403), (name, page)
            if response.status_code == 200:
                opened.add((name, page))
                text += response.content.decode()
    mine = permission.partition("_")[2]
    assert opened == {(mine, page) for page in OPENED.get(permission, ())}
    shown = {word for word in CONTENTS if word in text}
    assert shown == {word for word, rights in CONTENTS.items() if permission in rights}
    assert not re.search("pbkdf2_|md5\\$", text.replace("algorithm", ""))


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_the_table_says(rows: dict[str, Model], role: str) -> None:
    browser = staff()
    group, _ = Group.objects.get_or_create(name=role)
    group.permissions.set(Permission.objects.filter(codename__in=list(permissions_of(role))))
    User.objects.get(username="staff").groups.add(group)
    rows = own_rows(rows)
    opened: dict[str, set[str]] = {}
    for model in MODELS:
        name = model._meta.model_name or ""
        pages = pages_of(model)
        found = {p for p in pages if browser.get(address(model, p, rows[name])).status_code == 200}
        opened |= {name: found} if found else {}
    assert opened == ROLE_PAGES[role]


def test_a_migration_makes_the_roles_and_leaves_groups_of_the_same_name_alone(db: None) -> None:
    Group.objects.all().delete()
    own = Group.objects.create(name="operator")
    migration = import_module("accounts.migrations.0008_roles")
    migration.make_roles(apps, SimpleNamespace(connection=connection))
    for role in ("viewer", "admin"):
        made = Group.objects.get(name=role).permissions.values_list("codename", flat=True)
        assert set(made) == set(permissions_of(role))
    assert not own.permissions.exists()


@pytest.mark.parametrize("permission", permissions())
def test_a_list_offers_the_actions_of_the_table(rows: dict[str, Model], permission: str) -> None:
    model = next(model for model in MODELS if permission.endswith(f"_{model._meta.model_name}"))
    browser = staff(permission, f"view_{model._meta.model_name}")
    own_rows(rows)
    page = browser.get(
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    )
    select = page.content.decode().partition('<select name="action"')[2].partition("</select>")[0]
    offered = set(re.findall(r'<option value="(\w+)"', select))
    assert offered == ACTIONS.get(permission, set())


def test_who_may_only_read_cannot_broadcast(
    rows: dict[str, Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    async def announce(_notice: str, group: str) -> bool:
        sent.append(group)
        return True

    monkeypatch.setattr("chat.answers.service.announce", announce)
    session = rows["chatsession"]
    form = {"_selected_action": session.pk, "notice": "Give me your password"}
    actions = ("send_notice", "send_notice_to_everyone")
    reader, speaker = staff("view_chatsession"), staff("change_chatsession", username="speaker")
    for action in actions:
        reader.post(reverse("admin:chat_chatsession_changelist"), {**form, "action": action})
    assert sent == []
    assert not AuditEvent.objects.filter(action=Action.NOTICE).exists()
    for action in actions:
        speaker.post(reverse("admin:chat_chatsession_changelist"), {**form, "action": action})
    assert sent == [session_group(session.pk.hex), EVERYONE]
    noted = AuditEvent.objects.filter(action=Action.NOTICE, username="speaker")
    told = list(noted.order_by("pk").values_list("what", "detail"))
    whom = [f"chatsession {session.pk.hex}", EVERYONE]
    assert told == [(what, "Give me your password") for what in whom]


def test_who_may_only_delete_learns_nothing_and_is_recorded(rows: dict[str, Model]) -> None:
    browser = staff("delete_chatsession", "delete_attachment")
    # The file goes with the conversation, so it is deleted first.
    for name in ("attachment", "chatsession"):
        model, row = type(rows[name]), rows[name]
        page = browser.get(address(model, "delete", row))
        assert page.status_code == 200
        done = browser.post(address(model, "delete", row), {"post": "yes"}, follow=True)
        index = browser.get("/admin/")
        for text in (page.content.decode(), done.content.decode(), index.content.decode()):
            assert not [word for word in CONTENTS if word in text]
        assert not model._default_manager.filter(pk=row.pk).exists()
        event = AuditEvent.objects.filter(action=Action.DELETE, username="staff").first()
        assert event
        assert event.what.startswith(name)
