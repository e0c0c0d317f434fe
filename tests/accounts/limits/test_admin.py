"""What a party has used of its limits, and resetting it, in the admin and by command."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils.translation import override

from accounts.identity import Identity
from accounts.limits.admin import describe_usage
from accounts.limits.check import check_authenticated_request
from accounts.limits.current_store import current_store
from accounts.limits.memory_store import MemoryStore
from accounts.limits.parties import end_user_party, token_party, user_party
from accounts.limits.redis_store import RedisStore
from accounts.limits.usage import usage_of
from accounts.models import User
from tests.support.redis_server import RedisServer
from tests.support.world import World

pytestmark = pytest.mark.django_db

TOKENS, USERS = "/admin/accounts/apitoken/", "/admin/accounts/user/"


@pytest.fixture
def admin(world: World) -> Client:
    browser = Client()
    browser.force_login(User.objects.create_superuser("root"))
    return browser


@pytest.fixture
def used(settings: Any, world: World) -> None:
    """Two requests by the token, one by an end user of a login."""
    settings.TOKEN_HANDSHAKES_PER_MINUTE = settings.END_USER_HANDSHAKES_PER_MINUTE = 50
    user = world.alice.user
    by_token = Identity(user, "token", token_id=world.alice.token_row.pk)
    for identity in (by_token, by_token, Identity(user, "jwt", end_user="visitor 7")):
        check_authenticated_request(identity)


def handshakes(party: Any) -> int:
    return usage_of(party)[0].used


class TestAdmin:
    @pytest.fixture(autouse=True)
    def _used(self, used: None) -> None:
        pass

    def test_the_pages_show_what_is_used(self, admin: Client, world: World) -> None:
        page = admin.get(f"{TOKENS}{world.alice.token_row.pk}/change/").content.decode()
        assert "2 of 50 handshakes and requests a minute" in page
        page = admin.get(f"{USERS}{world.alice.user.pk}/change/").content.decode()
        assert "1 of 50 handshakes and requests a minute" in page

    @pytest.mark.parametrize("of", ["token", "user"])
    def test_the_action_resets_the_limits_of_that_row_only(
        self, admin: Client, world: World, of: str
    ) -> None:
        token, user = token_party(world.alice.token_row), user_party(world.alice.user)
        address, row = {
            "token": (TOKENS, world.alice.token_row),
            "user": (USERS, world.alice.user),
        }[of]
        form = {"action": "reset_limits", "_selected_action": row.pk}
        assert admin.post(address, form).status_code == 302
        expected = (0, 1) if of == "token" else (2, 0)
        assert (handshakes(token), handshakes(user)) == expected

    def test_staff_who_may_only_view_cannot_reset_limits(self, world: World) -> None:
        world.alice.user.is_staff = True
        world.alice.user.save()
        for name in ("view_apitoken", "view_user"):
            world.alice.user.user_permissions.add(Permission.objects.get(codename=name))
        browser = Client()
        browser.force_login(world.alice.user)
        for address, row in ((TOKENS, world.alice.token_row), (USERS, world.alice.user)):
            browser.post(address, {"action": "reset_limits", "_selected_action": row.pk})
        assert handshakes(token_party(world.alice.token_row)) == 2
        assert handshakes(user_party(world.alice.user)) == 1

    def test_usage_is_translated_to_chinese(self, world: World) -> None:
        with override("zh-hans"):
            assert "每分钟连接和请求：2 / 50" in describe_usage(token_party(world.alice.token_row))

    def test_without_limits_it_says_that_there_is_none(self, settings: Any, world: World) -> None:
        for name in ("HANDSHAKES_PER_MINUTE", "SOCKETS", "QUESTIONS_PER_MINUTE", "ANSWERS_AT_ONCE"):
            setattr(settings, f"TOKEN_{name}", 0)
        assert describe_usage(token_party(world.alice.token_row)) == "nothing: there is no limit"


class TestCommand:
    @pytest.fixture(autouse=True)
    async def store(self, redis: RedisServer, settings: Any) -> AsyncIterator[RedisStore]:
        settings.REDIS_URL = redis.url
        store = current_store()
        assert isinstance(store, RedisStore)
        yield store
        await store.close()

    @pytest.fixture(autouse=True)
    def _used(self, store: RedisStore, used: None) -> None:
        pass

    def run(self, *arguments: str) -> str:
        out = io.StringIO()
        call_command("limits", *arguments, stdout=out, stderr=io.StringIO())
        return out.getvalue()

    def test_the_command_shows_what_is_used(self, world: World) -> None:
        shown = self.run("--token", world.alice.token_row.hint)
        assert "2 of 50 handshakes and requests a minute\n" in shown
        assert "0 of 20000 open connections, 0 held now\n" in shown
        assert self.run("--user", "alice").startswith("1 of 50 ")
        assert self.run("--user", "alice", "--end-user", "visitor 7").startswith("1 of 50 ")
        assert self.run("--address", "192.0.2.1").startswith("0 of 30000 ")

    def test_as_json_each_limit_names_its_setting(self, world: World) -> None:
        shown = json.loads(self.run("--token", world.alice.token_row.hint, "--json"))
        by_setting = {reading.pop("setting"): reading for reading in shown}
        assert by_setting["TOKEN_HANDSHAKES_PER_MINUTE"] == {
            "limit": 50,
            "used": 2,
            "held": 0,
            "left": 48,
        }

    def test_it_resets_the_limits_of_that_party_only(self, world: World) -> None:
        assert self.run("--user", "alice", "--end-user", "visitor 7", "--reset").startswith("0 of")
        assert handshakes(end_user_party(world.alice.user, "visitor 7")) == 0
        assert handshakes(token_party(world.alice.token_row)) == 2

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--token", "nonsense"], "There is no such API token"),
            (["--user", "nobody"], "There is no user 'nobody'"),
            (["--address", "192.0.2.1", "--end-user", "x"], "Say with --user"),
        ],
    )
    def test_an_unknown_party_is_an_error(self, arguments: list[str], sentence: str) -> None:
        with pytest.raises(CommandError, match=sentence):
            self.run(*arguments)

    def test_without_redis_it_says_that_redis_is_out_of_reach(self, redis: RedisServer) -> None:
        redis.stop()
        with pytest.raises(CommandError, match="out of reach"):
            self.run("--user", "alice", "--reset")


def test_with_counters_in_memory_it_refers_to_the_admin(world: World) -> None:
    assert isinstance(current_store(), MemoryStore)
    with pytest.raises(CommandError, match="look in its admin"):
        call_command("limits", "--user", "alice")
