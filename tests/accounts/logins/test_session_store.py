"""Login sessions: rows of the database cannot be used to sign in."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.logins.session_store import SessionStore, stored_key
from tests.support.world import World


def test_a_login_session_needs_the_cookie_and_not_the_row(world: World) -> None:
    browser = Client()
    browser.force_login(world.alice.user)
    key = browser.cookies["sessionid"].value
    [row] = Session.objects.all()
    assert row.pk == stored_key(key)
    assert browser.get("/").status_code == 200
    thief = Client()
    thief.cookies["sessionid"] = row.pk
    assert thief.get("/").status_code == 302
    browser.post("/logout")
    assert not Session.objects.filter(pk=stored_key(key)).exists()


@pytest.mark.django_db(transaction=True)
async def test_the_async_methods_use_the_stored_key_too() -> None:
    store = SessionStore()
    await store.aset("answer", 42)
    await store.acreate()
    await store.aset("answer", 42)
    await store.asave()
    key = store.session_key
    assert key
    assert await SessionStore(key).aget("answer") == 42
    assert await store.aexists(key)
    assert not await store.aexists(stored_key(key))
    assert await SessionStore(stored_key(key)).aget("answer") is None
    await store.adelete(key)
    assert not await store.aexists(key)
