"""`limits`: shows what a token, a user or an address has used of its limits, and resets it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from redis import RedisError

from accounts.limits import parties
from accounts.limits.kinds import Party
from accounts.limits.store import Reading
from accounts.limits.usage import reset_usage, usage_of
from accounts.management.token_lookup import token_named
from accounts.management.user_lookup import user_named
from core.commands import ExampleCommand, add_json_argument, json_line


class Command(ExampleCommand):
    help = "Says what an API token, a user, an end user or an address has used of its limits."
    examples = ('limits --token "ragflow-7FqW…x3Kd" --reset', "limits --user alice --json")

    def add_arguments(self, parser: CommandParser) -> None:
        party = parser.add_mutually_exclusive_group(required=True)
        party.add_argument("--token", help="its hint, its id, or the secret")
        party.add_argument("--user", help="a user name: what came by logins and pages")
        party.add_argument("--address", help="an address, as it comes in")
        parser.add_argument("--end-user", help="one of those whom the programs of --user let in")
        parser.add_argument(
            "--reset", action="store_true", help="forget what was used today and this minute"
        )
        add_json_argument(parser, "the limits")

    def handle(self, *_: Any, reset: bool, json: bool, **options: Any) -> None:
        if not settings.REDIS_URL:
            raise CommandError(
                "Without Redis the server counts in its own memory: look in its admin"
            )
        chosen = _parties(**options)
        try:
            if reset:
                for party in chosen:
                    reset_usage(party)
            readings = [reading for party in chosen for reading in usage_of(party)]
        except RedisError as error:
            raise CommandError(f"Redis is out of reach: {error}") from None
        if json:
            self.stdout.write(json_line([_data(reading) for reading in readings]))
        else:
            for reading in readings:
                self.stdout.write(_line(reading))
        self.stderr.write(f"{len(readings)} limits for this {chosen[0].name}")


def _parties(
    token: str | None, user: str | None, address: str | None, end_user: str | None, **_: Any
) -> Sequence[Party]:
    if end_user and not user:
        raise CommandError("Say with --user whose end user it is")
    if token:
        return [parties.token_party(token_named(token))]
    if address:
        return parties.address_parties(address)
    found = user_named(user or "")
    if end_user:
        return [parties.end_user_party(found, end_user)]
    return [parties.user_party(found), parties.whole_user_party(found)]


def _data(reading: Reading) -> dict[str, Any]:
    kind = reading.meter.kind
    return {
        "setting": f"{reading.meter.party.role}_{kind.setting}",
        "limit": reading.meter.limit,
        "used": reading.used,
        "held": reading.held,
        "left": reading.left,
    }


def _line(reading: Reading) -> str:
    held = f", {reading.held} held now" if reading.meter.kind.leased else ""
    whole = ", with all tokens" if reading.meter.party.role == "USER" else ""
    return f"{reading.used} of {reading.meter.limit} {reading.meter.kind.name}{held}{whole}"
