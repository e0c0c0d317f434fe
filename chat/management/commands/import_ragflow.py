"""`import_ragflow`: makes dialogs in front of the chats of a RAGFlow, or updates them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from accounts.management.user_lookup import user_named
from accounts.models import User
from chat.engines.base import EngineFailed
from chat.engines.ragflow.remote_settings import RemoteSettings
from chat.engines.ragflow.survey import RemoteChat, survey
from chat.management.remote_ragflow import add_remote_arguments, remote_of
from chat.models import Dialog
from core.commands import ExampleCommand, add_json_argument, json_line
from core.printable import escape_unprintable
from core.storable_text import make_storable

MAX_NAME_CHARS = 255


class Command(ExampleCommand):
    help = (
        "Make a dialog in front of each chat of a RAGFlow, and print their ids. Again, it updates"
        " the dialogs it made."
    )
    examples = (
        "import_ragflow --user admin",
        "import_ragflow --url http://127.0.0.1:9380 --key ragflow-… --chat Handbook",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_remote_arguments(parser)
        parser.add_argument(
            "--chat",
            action="append",
            default=[],
            help="this one only, by id or name; several are given one by one",
        )
        parser.add_argument("--user", default="admin", help="whose dialogs they are")
        parser.add_argument(
            "--for-mini-programs", action="store_true", help="open them to mini programs"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        add_json_argument(parser, "what was done")

    def handle(self, *_args: object, **options: Any) -> str:
        owner, remote = user_named(options["user"]), remote_of(options)
        try:
            found = async_to_sync(survey)(remote).chats
        except EngineFailed as error:
            raise CommandError(str(error)) from error
        chosen = _chosen(found, options["chat"])
        with transaction.atomic():
            rows = [_imported(owner, remote, chat, options) for chat in chosen]
        if options["json"]:
            return json_line(rows)
        return "\n".join(
            escape_unprintable(f"{row['done']}  {row['chat_id'] or '-':32}  {row['name']}")
            for row in rows
        )


def _chosen(found: Sequence[RemoteChat], wanted: Sequence[str]) -> list[RemoteChat]:
    if not found:
        raise CommandError("RAGFlow has no chat that is seen with this key")
    for name in wanted:
        if not any(name in (chat.id, chat.name) for chat in found):
            raise CommandError(f"RAGFlow has no chat {name!r}")
    return [chat for chat in found if not wanted or {chat.id, chat.name} & set(wanted)]


def _imported(
    owner: User, remote: RemoteSettings, chat: RemoteChat, options: dict[str, Any]
) -> dict[str, str]:
    where = _model_settings(remote, chat)
    dialog = Dialog.objects.filter(
        owner=owner, engine="ragflow", model_settings__chat_id=chat.id
    ).first()
    done = "updated" if dialog else "created"
    chat_id = dialog.pk.hex if dialog else ""
    dialog = dialog or Dialog(owner=owner, engine="ragflow")
    dialog.name = make_storable(chat.name)[:MAX_NAME_CHARS] or chat.id
    dialog.description = make_storable(chat.description)
    dialog.opener = make_storable(chat.opener)
    dialog.for_mini_programs = dialog.for_mini_programs or options["for_mini_programs"]
    dialog.model_settings = where
    # Only of another RAGFlow than the site's, whose key is in the settings.
    dialog.set_model_key(remote.api_key if "base_url" in where else "")
    try:
        dialog.full_clean()
    except ValidationError as error:
        raise CommandError("; ".join(error.messages)) from error
    if not options["dry_run"]:
        dialog.save()
        chat_id = dialog.pk.hex
    return {"done": done, "chat_id": chat_id, "name": dialog.name, "ragflow_chat": chat.id}


def _model_settings(remote: RemoteSettings, chat: RemoteChat) -> dict[str, str]:
    site = settings.ENGINES["ragflow"]
    if (remote.base_url, remote.api_key) == (site["BASE_URL"], site["API_KEY"]):
        return {"chat_id": chat.id}
    return {"base_url": remote.base_url, "chat_id": chat.id}
