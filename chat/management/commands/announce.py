"""`announce`: a notice to people who have a conversation open."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from chat.answers import service
from chat.models import ChatSession
from core.broadcast import EVERYONE, session_group, user_group
from core.ids import parse_id


class Command(BaseCommand):
    help = """Send a notice to every connection that follows a session, or to some of them.

    Example: manage.py announce "Back in five minutes" --user alice"""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("notice")
        whom = parser.add_mutually_exclusive_group()
        whom.add_argument("--user", help="only this user's connections: a user name")
        whom.add_argument("--session", help="only those that follow this session: its id")

    def handle(self, *_args: object, **options: Any) -> str:
        if not settings.REDIS_URL:
            raise CommandError(
                "Without REDIS_URL no other process can reach the server's connections: "
                "use the admin's “Send a notice” instead."
            )
        notice = options["notice"].strip()
        if not notice:
            raise CommandError("The notice is empty")
        group, whom = _group(options["user"], options["session"])
        if not async_to_sync(service.announce)(notice, group):
            raise CommandError("Redis did not take the notice")
        return f"Done! Sent to {whom}"


def _group(user: str | None, session: str | None) -> tuple[str, str]:
    if user:
        row = User.objects.filter(username=user).first()
        if row is None:
            raise CommandError(f"There is no user {user!r}")
        return user_group(row.pk.hex), f"{user}'s connections"
    if session:
        pk = parse_id(session)
        if pk is None or not ChatSession.objects.filter(pk=pk).exists():
            raise CommandError(f"There is no session {session!r}")
        return session_group(pk.hex), "the followers of the session"
    return EVERYONE, "everyone who follows something"
