"""The page of an attachment in the admin."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from chat.models import Attachment
from tests.support.world import World

pytestmark = pytest.mark.database


def test_attachments_are_shown_but_cannot_be_edited(world: World, admin: Client) -> None:
    passages = [{"place": "Page 1", "text": "<i>Tea</i>"}]
    file = Attachment.objects.create(
        owner=world.alice.user, name="tea.txt", size=2048, passages=passages
    )
    assert "2.0" in admin.get("/admin/chat/attachment/").content.decode()
    page = admin.get(f"/admin/chat/attachment/{file.pk}/change/").content.decode()
    assert "&lt;i&gt;Tea&lt;/i&gt;" in page
    assert "_save" not in page
    assert json.dumps(passages) not in page
