"""Seeds the database of servers that run in their own process.

Django has to be set up before this is imported; see `tests.support.server.seed`.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone

from accounts.api_tokens.tokens import issue_token, revoke_tokens
from accounts.models import APIToken, User
from chat.models import Attachment, ChatSession, Dialog, Message
from knowledge.ingestion import ingest
from knowledge.models import KnowledgeBase
from tests.support.seeded_data import HANDBOOK, MODEL_SCENARIOS, SeededData
from tests.support.world import make_world


def main() -> None:
    """Prints the seeded data as one line of JSON."""
    call_command("migrate", verbosity=0)
    sys.stdout.write(json.dumps(asdict(seed())) + "\n")


def seed() -> SeededData:
    world = make_world()
    alice, bob = world.alice.user, world.bob.user
    document = ingest(world.knowledge_base, "tilos.md", HANDBOOK.encode())
    return SeededData(
        token=world.alice.token,
        jwt=world.alice.jwt(),
        expired_token=expired_token(alice),
        revoked_token=revoked_token(alice),
        inactive_token=world.charlie.token,
        bobs_token=world.bob.token,
        chat_id=world.dialog.pk.hex,
        load_chat_id=dialog(alice, "load"),
        unwatched_chat_id=unwatched_dialog(alice, "load"),
        mini_chat_id=mini_program_dialog(alice, "load"),
        model_chat_ids={
            scenario: dialog(alice, "openai", model=scenario) for scenario in MODEL_SCENARIOS
        },
        kb_id=world.knowledge_base.pk.hex,
        doc_id=document.pk.hex,
        bobs=belongings(bob),
    )


def dialog(owner: User, engine: str, **model_settings: str) -> str:
    name = f"{engine} {model_settings.get('model', '')}".strip()
    made = Dialog.objects.create(
        owner=owner, name=name, engine=engine, empty_response="", model_settings=model_settings
    )
    return made.pk.hex


def unwatched_dialog(owner: User, engine: str) -> str:
    made = Dialog.objects.create(
        owner=owner, name="Stopped when unread", engine=engine, stop_after_seconds_alone=1
    )
    return made.pk.hex


def mini_program_dialog(owner: User, engine: str) -> str:
    made = Dialog.objects.create(
        owner=owner, name="Mini program", engine=engine, for_mini_programs=True
    )
    return made.pk.hex


def expired_token(user: User) -> str:
    issued = issue_token(user, "last year's", timezone.now() + timedelta(days=1))
    APIToken.objects.filter(pk=issued.token.pk).update(expires_at=timezone.now())
    return issued.secret


def revoked_token(user: User) -> str:
    issued = issue_token(user, "lost laptop")
    revoke_tokens(APIToken.objects.filter(pk=issued.token.pk))
    return issued.secret


def belongings(owner: User) -> dict[str, str]:
    """Makes one row of every kind; returns the ids by the name of the field that takes them."""
    base = KnowledgeBase.objects.create(owner=owner, name="Theirs")
    document = ingest(base, "theirs.md", b"# Theirs\n\nA secret.")
    dialog = Dialog.objects.create(owner=owner, name="Theirs")
    session = ChatSession.objects.create(dialog=dialog, user=owner, name="Theirs")
    answer = Message.objects.create(session=session, role=Message.Role.ASSISTANT, content="Secret")
    file = Attachment.objects.create(owner=owner, name="theirs.txt", size=3, passages=[])
    rows = {
        "chat_id": dialog,
        "session_id": session,
        "kb_ids": base,
        "doc_ids": document,
        "files": file,
        "id": answer,
    }
    return {field: row.pk.hex for field, row in rows.items()}
