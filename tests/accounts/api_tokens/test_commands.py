"""The commands that issue, list, revoke, rotate and check API tokens."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.api_tokens.restrictions import Restrictions, restrictions_of
from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.errors import NotAuthenticated
from accounts.models import APIToken
from accounts.scopes import Scope
from accounts.secret_format import new_token_text
from core.ids import new_id, parse_id
from tests.support.world import World


def run(name: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(name, *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


class TestCreating:
    def test_restrictions_are_options(self, world: World) -> None:
        options = ["--scope", "chat", "--scope", "read", "--dialog", world.dialog.pk.hex]
        options += ["--origin", "https://app.example.org", "--not-in-url"]
        secret = run("createtoken", "alice", *options)
        token = APIToken.objects.get(hint__endswith=secret[-4:], name="command line")
        assert restrictions_of(token) == Restrictions(
            frozenset({Scope.CHAT, Scope.READ}),
            (world.dialog.pk,),
            ("https://app.example.org",),
            allow_in_url=False,
        )

    @pytest.mark.parametrize(
        "option",
        [
            ["--scope", "everything"],
            ["--dialog", "nonsense"],
            ["--dialog", new_id().hex],
            ["--origin", "app.example.org"],
        ],
    )
    def test_invalid_restrictions_are_refused(self, world: World, option: list[str]) -> None:
        count = APIToken.objects.count()
        with pytest.raises(CommandError):
            run("createtoken", "alice", *option)
        assert APIToken.objects.count() == count


class TestListing:
    def test_it_shows_hints_and_no_secrets(self, world: World) -> None:
        listed = run("listtokens")
        for person in (world.alice, world.bob, world.charlie):
            assert person.token_row.hint in listed
            assert person.token not in listed
        assert world.bob.token_row.hint not in run("listtokens", "alice")
        assert run("listtokens", "--user", "alice") == run("listtokens", "alice")

    def test_as_json_it_is_a_list(self, world: World) -> None:
        listed = {token["user"]: token for token in json.loads(run("listtokens", "--json"))}
        assert listed.keys() == {"alice", "bob", "charlie"}
        assert listed["bob"]["id"] == world.bob.token_row.pk.hex
        assert listed["bob"]["hint"] == world.bob.token_row.hint
        assert "token" not in listed["bob"]
        [only] = json.loads(run("listtokens", "--json", "--user=alice", "--state=active"))
        assert only == listed["alice"]

    def test_tokens_of_one_state_are_listed(self, world: World) -> None:
        run("revoketoken", world.bob.token_row.hint)
        assert world.bob.token_row.hint not in run("listtokens", "--state", "active")
        assert world.bob.token_row.hint in run("listtokens", "--state", "revoked")

    def test_an_unknown_user_is_an_error(self, world: World) -> None:
        with pytest.raises(CommandError, match="no user"):
            run("listtokens", "nobody")


class TestRevoking:
    @pytest.mark.parametrize("by", ["id", "hint", "secret"])
    def test_a_revoked_token_is_refused(self, world: World, by: str) -> None:
        row = world.alice.token_row
        name = {"id": row.pk.hex, "hint": row.hint, "secret": world.alice.token}[by]
        said = run("revoketoken", name)
        assert said.startswith("Done!")
        assert world.alice.token not in said
        with pytest.raises(NotAuthenticated, match="revoked"):
            authenticate(Credentials((world.alice.token,)))
        assert "before" in run("revoketoken", name)

    def test_an_unknown_token_is_an_error(self, world: World) -> None:
        with pytest.raises(CommandError, match="no such API token"):
            run("revoketoken", new_token_text())


class TestRotating:
    def test_both_secrets_are_good_for_a_while(self, world: World) -> None:
        secret = run("rotatetoken", world.alice.token_row.hint, "--overlap-hours", "2")
        assert authenticate(Credentials((secret,))).user == world.alice.user
        end = authenticate(Credentials((world.alice.token,))).expires_at
        assert end
        assert abs(end - timezone.now() - timedelta(hours=2)) < timedelta(minutes=1)
        with pytest.raises(CommandError, match="rotated before"):
            run("rotatetoken", world.alice.token_row.hint)

    def test_as_json_it_says_what_the_new_token_may_do(self, world: World) -> None:
        data = json.loads(run("rotatetoken", world.alice.token_row.hint, "--json"))
        assert authenticate(Credentials((data["token"],))).token_id == parse_id(data["id"])
        assert (data["user"], data["name"]) == ("alice", world.alice.token_row.name)

    @pytest.mark.parametrize("hours", ["-1", "99999"])
    def test_the_overlap_has_limits(self, world: World, hours: str) -> None:
        with pytest.raises(CommandError, match="--overlap-hours"):
            run("rotatetoken", world.alice.token_row.hint, f"--overlap-hours={hours}")


class TestChecking:
    @pytest.fixture(autouse=True)
    def keep_monkeypatch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def check(self, text: str, *options: str) -> str:
        self.monkeypatch.setattr("sys.stdin", io.StringIO(f"{text}\n"))
        return run("checktoken", *options)

    def test_it_says_whose_it_is_and_what_it_may_do(self, world: World) -> None:
        said = self.check(world.alice.token)
        assert "alice" in said
        assert "chat, manage, read" in said
        assert world.alice.token not in said

    def test_offline_only_the_checksum_counts(self) -> None:
        assert self.check(new_token_text(), "--offline") == "The checksum is right"

    def test_as_json_it_says_whether_it_is_good(self, world: World) -> None:
        assert json.loads(self.check(world.alice.token, "--json")) == {
            "good": True,
            "user": "alice",
            "scopes": ["chat", "manage", "read"],
            "expires_at": None,
        }
        assert json.loads(self.check(new_token_text(), "--offline", "--json")) == {"good": True}
        out = io.StringIO()
        self.monkeypatch.setattr("sys.stdin", io.StringIO(f"{world.charlie.token}\n"))
        with pytest.raises(CommandError, match="not active"):
            call_command("checktoken", "--json", stdout=out)
        found = json.loads(out.getvalue())
        assert found["good"] is False
        assert "not active" in found["reason"]

    @pytest.mark.parametrize("options", [[], ["--offline"]])
    def test_a_typing_error_is_found(self, options: list[str]) -> None:
        with pytest.raises(CommandError, match="mistyped"):
            self.check(new_token_text()[:-1], *options)

    def test_an_invalid_token_is_an_error_that_says_why(self, world: World) -> None:
        with pytest.raises(CommandError, match="no such"):
            self.check(new_token_text())
        with pytest.raises(CommandError, match="not active"):
            self.check(world.charlie.token)
        run("revoketoken", world.alice.token)
        with pytest.raises(CommandError, match="revoked"):
            self.check(world.alice.token)
