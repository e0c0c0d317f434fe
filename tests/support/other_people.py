"""Pairs of users of whom one tries the other's ids: strangers, end users, owner and end user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.utils import timezone

from accounts.api_tokens.tokens import issue_token
from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.logins.refresh_tokens import begin_login, begin_person_login, issue_login_tokens
from accounts.mini_programs.base import PlatformUser
from accounts.mini_programs.people import get_or_create_person
from accounts.models import Login, User
from accounts.tickets.tickets import issue_ticket
from chat.models import Attachment, ChatSession, Dialog, Message
from core.ids import new_id
from knowledge.ingestion import ingest
from knowledge.models import KnowledgeBase
from tests.support.rest_client import make_exchange
from tests.support.world import World

# The content of the victim's rows, which the attacker must not see.
SECRET = "Rosebud"
# Ids by the name of the field or path parameter that takes them.
Ids = Mapping[str, tuple[str, ...]]
OURS = ("accounts", "chat", "knowledge")
# A pending answer of another process, which is still writing it.
ELSEWHERE = {"hub": "elsewhere", "status": Message.Status.PENDING}


@dataclass(frozen=True)
class Attack:
    """With these credentials `own` ids are allowed and `theirs` are not."""

    own: Ids
    theirs: Ids
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = "/v1/ws/chat"

    def ids_in(self, text: str) -> list[str]:
        """Which of `theirs` are in the text, with dashes or without."""
        bare = text.replace("-", "")
        return [id for ids in self.theirs.values() for id in ids if id in bare]


def rows_of(owner: User, end_user: str = "", used: Dialog | None = None) -> Ids:
    """Makes one row of every kind, and two answers: one that has ended, one that is pending."""
    dialog = Dialog.objects.create(
        owner=owner, name=f"{SECRET} for {end_user}", engine="extractive"
    )
    base = KnowledgeBase.objects.create(owner=owner, name=f"{SECRET} of {end_user}")
    document = ingest(base, f"{SECRET}.md", f"# {SECRET}\n\n{SECRET} it is.".encode())
    answers = [_answer(owner, end_user, used or dialog, **more) for more in ({}, ELSEWHERE)]
    file = Attachment.objects.create(
        owner=owner,
        end_user=end_user,
        name=SECRET,
        size=1,
        passages=[{"place": "", "text": SECRET}],
    )
    return {
        "chat_id": (dialog.pk.hex,),
        "session_id": tuple(answer.session_id.hex for answer in answers),
        "id": tuple(answer.pk.hex for answer in answers),
        "request_id": tuple(f"request of {answer.pk.hex}" for answer in answers),
        "kb_ids": (base.pk.hex,),
        "doc_ids": (document.pk.hex,),
        "chunk_id": (document.chunks.get().id.hex,),
        "files": (file.pk.hex,),
        "token_id": (issue_token(owner, SECRET).token.pk.hex,),
        "login_id": (_login(owner),),
        "user_id": (owner.pk.hex,),
    }


def _login(owner: User) -> str:
    begin_login(owner)
    return Login.objects.filter(user=owner, person=None).latest("created_at").pk.hex


def _answer(owner: User, end_user: str, dialog: Dialog, **more: Any) -> Message:
    session = ChatSession.objects.create(dialog=dialog, user=owner, end_user=end_user, name=SECRET)
    written_at = timezone.now() + timedelta(hours=1)
    answer = make_exchange(session, f"{SECRET}?", SECRET, written_at=written_at, **more)
    session.messages.filter(role=Message.Role.USER).update(
        request_id=f"request of {answer.pk.hex}", request_key=new_id().hex
    )
    return answer


def another_user(world: World) -> Attack:
    own = {**rows_of(world.alice.user, used=world.dialog), "chat_id": (world.dialog.pk.hex,)}
    return Attack(own, rows_of(world.bob.user), {"authorization": world.alice.jwt()})


def two_end_users_of_a_program(world: World) -> Attack:
    return Attack(*_two(world, "ann", "ben"), path=_ticket(world, "ann"))


def two_users_of_a_mini_program(world: World) -> Attack:
    headers, ann = _phone(world, "oAnn")
    _, ben = _phone(world, "oBen")
    return Attack(*_two(world, ann, ben), headers)


def an_end_user_and_the_owner(world: World) -> Attack:
    return Attack(*_two(world, "ann", ""), path=_ticket(world, "ann"))


def a_user_of_a_mini_program_and_its_operator(world: World) -> Attack:
    headers, ann = _phone(world, "oAnn")
    return Attack(*_two(world, ann, ""), headers)


def an_owner_and_her_end_user(world: World) -> Attack:
    """Dialogs and documents are the owner's; conversations and files are the end user's."""
    own, theirs = _two(world, "", "ben")
    private = ("session_id", "id", "request_id", "files")
    theirs = {name: ids for name, ids in theirs.items() if name in private}
    return Attack(own, theirs, {"authorization": world.alice.jwt()})


def _two(world: World, one: str, other: str) -> tuple[Ids, Ids]:
    """Both use the same dialog of alice's. End users may not use her other dialogs."""
    alice, open_to_all = world.alice.user, world.dialog
    own = {**rows_of(alice, one, open_to_all), "chat_id": (open_to_all.pk.hex,)}
    return own, rows_of(alice, other, open_to_all)


def _ticket(world: World, end_user: str) -> str:
    parent = authenticate(Credentials((world.alice.token,)))
    return f"/v1/ws/chat?ticket={issue_ticket(parent, world.dialog.pk, end_user)}"


def _phone(world: World, open_id: str) -> tuple[Mapping[str, str], str]:
    Dialog.objects.filter(pk=world.dialog.pk).update(for_mini_programs=True)
    person = get_or_create_person(PlatformUser("wechat", "wx1", open_id))
    login = issue_login_tokens(begin_person_login(person, world.alice.user.pk, None))
    return {"authorization": login.access.text}, person.end_user


BY_TICKET: list[Callable[[World], Attack]] = [
    two_end_users_of_a_program,
    an_end_user_and_the_owner,
]
BY_HEADER: list[Callable[[World], Attack]] = [
    another_user,
    two_users_of_a_mini_program,
    a_user_of_a_mini_program_and_its_operator,
    an_owner_and_her_end_user,
]


def all_rows() -> dict[str, list[dict[str, Any]]]:
    """All rows of our tables, without the columns that record the last use."""
    last_use = {"last_login", "last_used_at", "last_used_from"}
    ours = [model for model in apps.get_models() if model._meta.app_label in OURS]
    return {
        model._meta.label: [
            {name: value for name, value in row.items() if name not in last_use}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in ours
        if model._meta.model_name != "auditevent"
    }
