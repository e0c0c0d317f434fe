"""The users of the tests and their rows: alice owns all, bob is a stranger, charlie is inactive."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.api_tokens.tokens import issue_token
from accounts.logins.refresh_tokens import begin_login
from accounts.models import APIToken, User
from chat.models import Dialog
from knowledge.models import KnowledgeBase

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Person:
    user: User
    # The secret of the API token, and the row with its hash.
    token: str
    token_row: APIToken

    def jwt(self) -> str:
        return begin_login(self.user).access.text


@dataclass(frozen=True)
class World:
    alice: Person
    bob: Person
    charlie: Person
    # Alice's.
    knowledge_base: KnowledgeBase
    dialog: Dialog


def make_world() -> World:
    alice, bob, charlie = (make_person(name) for name in ("alice", "bob", "charlie"))
    User.objects.filter(pk=charlie.user.pk).update(is_active=False)
    charlie.user.refresh_from_db()
    knowledge_base = KnowledgeBase.objects.create(owner=alice.user, name="Handbook")
    dialog = Dialog.objects.create(owner=alice.user, name="Helpdesk", engine="extractive")
    dialog.knowledge_bases.add(knowledge_base)
    return World(alice, bob, charlie, knowledge_base, dialog)


def make_person(name: str) -> Person:
    user = User.objects.create_user(name, f"{name}@example.org", PASSWORD)
    issued = issue_token(user, f"{name}'s laptop")
    return Person(user, issued.secret, issued.token)
