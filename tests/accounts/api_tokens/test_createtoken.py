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


def test_without_days_it_has_no_end(world: World, capsys: pytest.CaptureFixture[str]) -> None:
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
def test_what_cannot_be_is_said(world: World, arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("createtoken", *arguments)


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("createtoken", "--help")
    assert "manage.py createtoken alice" in capsys.readouterr().out
