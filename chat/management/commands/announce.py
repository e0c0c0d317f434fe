"""`announce`: sends a notice to connections that follow a session or asked for notices."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from accounts.audit.record import record
from accounts.management.user_lookup import user_named
from accounts.models import Action
from chat.answers import service
from chat.models import ChatSession
from core.broadcast import EVERYONE, session_group, user_group
from core.commands import ExampleCommand
from core.ids import parse_id


class Command(ExampleCommand):
    help = "Send a notice to everyone who has the playground open or follows a session, or to some."
    examples = ('announce "Back in five minutes"', 'announce "Your export is ready" --user alice')

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("notice", help="what they are told")
        recipients = parser.add_mutually_exclusive_group()
        recipients.add_argument("--user", help="only this user's connections: a user name")
        recipients.add_argument("--session", help="only those that follow this session: its id")

    def handle(self, *_args: object, **options: Any) -> str:
        if not settings.REDIS_URL:
            raise CommandError(
                "Without REDIS_URL no other process can reach the server's connections: "
                "use the admin's “Send a notice” instead."
            )
        notice = options["notice"].strip()
        if not notice:
            raise CommandError("The notice is empty")
        group, recipients = _group(options["user"], options["session"])
        record(Action.NOTICE, group, notice)
        if not async_to_sync(service.announce)(notice, group):
            raise CommandError("Redis did not take the notice")
        return f"Done! Sent to {recipients}"


def _group(user: str | None, session: str | None) -> tuple[str, str]:
    if user:
        return user_group(user_named(user).pk.hex), f"{user}'s connections"
    if session:
        pk = parse_id(session)
        if pk is None or not ChatSession.objects.filter(pk=pk).exists():
            raise CommandError(f"There is no session {session!r}")
        return session_group(pk.hex), "the followers of the session"
    return EVERYONE, "everyone who is sent notices"
