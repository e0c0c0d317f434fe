"""Seeds the database of the browser tests: alice's three dialogs and one-time login links.

Bob can sign in, too, and has nothing.

Django has to be set up before this is imported; see `tests.journeys.conftest`.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone

from accounts.api_tokens.tokens import issue_token
from accounts.logins.login_links import issue_login_link
from accounts.models import AuditEvent, Login, Person, User
from chat.models import Attachment, ChatSession, Dialog, Message
from knowledge.ingestion import ingest
from knowledge.models import KnowledgeBase
from tests.support.seeded_data import HANDBOOK, LONG_NAME, STARTERS
from tests.support.world import make_world

LINKS = 6


def main() -> None:
    """Prints the ids and links as one line of JSON."""
    call_command("migrate", verbosity=0)
    sys.stdout.write(json.dumps(build()) + "\n")


def long_names() -> None:
    """A row of each kind whose name fits in no column of the admin."""
    user = User.objects.create(username=LONG_NAME, email=f"{LONG_NAME}@example.com")
    base = KnowledgeBase.objects.create(owner=user, name=LONG_NAME)
    ingest(base, f"{LONG_NAME}.md", LONG_NAME.encode())
    dialog = Dialog.objects.create(owner=user, name=LONG_NAME)
    dialog.knowledge_bases.add(base)
    session = ChatSession.objects.create(
        dialog=dialog, user=user, name=LONG_NAME, end_user=LONG_NAME[:64]
    )
    question = Message.objects.create(session=session, role="user", content=LONG_NAME)
    Message.objects.create(
        session=session, role="assistant", question=question, content=LONG_NAME, rating="up"
    )
    Attachment.objects.create(
        owner=user, name=LONG_NAME, size=1, passages=[{"place": LONG_NAME, "text": LONG_NAME}]
    )
    issue_token(user, LONG_NAME[:64])
    AuditEvent.objects.create(
        action="read", username=LONG_NAME, end_user=LONG_NAME[:64], what="x", detail=LONG_NAME
    )


def build() -> dict[str, object]:
    world = make_world()
    alice = world.alice.user
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    ingest(world.knowledge_base, "tilos.md", HANDBOOK.encode())
    world.dialog.starters = STARTERS
    world.dialog.save()
    model = Dialog.objects.create(owner=alice, name="Model", engine="openai", empty_response="")
    model.knowledge_bases.add(world.knowledge_base)
    load = Dialog.objects.create(owner=alice, name="Load", engine="load", empty_response="")
    Person.objects.create(platform="wechat")
    Login.objects.create(user=alice, expires_at=timezone.now() + timedelta(days=1))
    Attachment.objects.create(owner=alice, name="notes.txt", size=1, passages=[])
    long_names()
    return {
        "links": [issue_login_link(alice) for _ in range(LINKS)],
        "bobs_link": issue_login_link(world.bob.user),
        "helpdesk": world.dialog.pk.hex,
        "base": str(world.knowledge_base.pk),
        "model": model.pk.hex,
        "load": load.pk.hex,
    }
