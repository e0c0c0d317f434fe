"""A superuser's browser, and a conversation of alice's."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from chat.models import ChatSession
from tests.support.world import World


@pytest.fixture
def admin(world: World) -> Client:
    browser = Client()
    browser.force_login(User.objects.create_superuser("root", password="correct horse battery"))
    return browser


@pytest.fixture
def session(world: World) -> ChatSession:
    return ChatSession.objects.create(
        dialog=world.dialog, user=world.alice.user, name="Tea <b>& more</b>"
    )
