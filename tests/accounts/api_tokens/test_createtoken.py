"""`manage.py createtoken`."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.authenticate import authenticate
from accounts.credentials import Credentials
from accounts.models import APIToken
from tests.support.world import World


def test_it_prints_the_token_alone(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("createtoken", "alice", name="mini program", days=30)
    out, err = capsys.readouterr()
    identity = authenticate(Credentials((out.strip(),)))
    token = APIToken.objects.get(user=world.alice.user, name="mini program")
    assert identity.token_id == token.pk
    assert token.expires_at is not None
    assert abs(token.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    assert out.strip() not in err
    assert token.hint in err
    assert "not shown again" in err


def test_without_days_the_token_has_no_end(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("createtoken", "alice")
    assert authenticate(Credentials((capsys.readouterr().out.strip(),))).expires_at is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nobody"], "no user 'nobody'"),
        (["charlie"], "not active"),
        (["alice", "--days", "0"], "--days must be from 1"),
        (["alice", "--days", "99999999"], "--days must be from 1"),
        (["alice", "--name", ""], "cannot be blank"),
        (["alice", "--name", "x" * 101], "at most 100 characters"),
    ],
)
def test_invalid_arguments_are_errors(world: World, arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("createtoken", *arguments)


def test_the_user_is_named_by_an_option_or_by_position(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["--user", "alice"], ["--name", "x", "alice", "--days", "3"]):
        call_command("createtoken", *arguments)
        secret = capsys.readouterr().out.strip()
        assert authenticate(Credentials((secret,))).user == world.alice.user


@pytest.mark.parametrize("arguments", [[], ["alice", "--user", "alice"]])
def test_the_user_is_named_once(world: World, arguments: list[str]) -> None:
    before = APIToken.objects.count()
    with pytest.raises(CommandError):
        call_command("createtoken", *arguments)
    assert APIToken.objects.count() == before


def test_as_json_it_says_what_the_token_may_do(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("createtoken", "--user=alice", "--name=report", "--scope=chat", "--json")
    [line] = capsys.readouterr().out.splitlines()
    data = json.loads(line)
    row = APIToken.objects.get(pk=data["id"])
    assert authenticate(Credentials((data["token"],))).token_id == row.pk
    assert (data["user"], data["name"], data["scopes"]) == ("alice", "report", ["chat"])
    assert (data["hint"], data["expires_at"]) == (row.hint, None)


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("createtoken", "--help")
    assert "manage.py createtoken --user alice" in capsys.readouterr().out
