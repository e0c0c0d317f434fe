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

from accounts.logins.login_links import issue_login_link
from accounts.models import Login, Person, User
from chat.models import Attachment, Dialog
from knowledge.ingestion import ingest
from tests.support.seeded_data import HANDBOOK, STARTERS
from tests.support.world import make_world

LINKS = 6


def main() -> None:
    """Prints the ids and links as one line of JSON."""
    call_command("migrate", verbosity=0)
    sys.stdout.write(json.dumps(build()) + "\n")


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
    return {
        "links": [issue_login_link(alice) for _ in range(LINKS)],
        "bobs_link": issue_login_link(world.bob.user),
        "helpdesk": world.dialog.pk.hex,
        "model": model.pk.hex,
        "load": load.pk.hex,
    }
