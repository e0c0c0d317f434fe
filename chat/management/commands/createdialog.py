"""`createdialog`: creates a dialog with its knowledge bases."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from accounts.management.user_lookup import user_named
from accounts.models import User
from chat.models import Dialog
from core.commands import ExampleCommand, add_json_argument, json_line
from knowledge.models import KnowledgeBase


class Command(ExampleCommand):
    help = "Create a dialog and print its id (the `chat_id`) alone on stdout."
    examples = ('createdialog "Handbook" --user admin --kb "Demo library" --engine openai',)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="how it is called")
        parser.add_argument("--user", required=True, help="whose dialog it is: a user name")
        parser.add_argument(
            "--kb",
            action="append",
            default=[],
            metavar="NAME",
            help="a knowledge base of theirs; several are given one by one",
        )
        parser.add_argument("--engine", help="one of settings.ENGINES")
        parser.add_argument("--prompt", default="", help="instructions for the model")
        parser.add_argument(
            "--starter",
            action="append",
            default=[],
            metavar="QUESTION",
            help="a question to begin with; several are given one by one, at most six",
        )
        parser.add_argument("--model-settings", default="{}", metavar="JSON", help="for the engine")
        add_json_argument(parser, "its id and its name")

    @transaction.atomic
    def handle(self, *_args: object, **options: Any) -> str:
        owner = user_named(options["user"])
        dialog = Dialog(owner=owner, name=options["name"], prompt=options["prompt"])
        dialog.starters = options["starter"]
        dialog.model_settings = _json_object(options["model_settings"])
        dialog.engine = options["engine"] or dialog.engine
        try:
            # Moves a key among the model settings to where it is encrypted.
            dialog.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        dialog.save()
        dialog.knowledge_bases.set(_knowledge_base(owner, name) for name in options["kb"])
        chat_id = dialog.pk.hex
        return json_line({"chat_id": chat_id, "name": dialog.name}) if options["json"] else chat_id


def _knowledge_base(owner: User, name: str) -> KnowledgeBase:
    base = KnowledgeBase.objects.filter(owner=owner, name=name).first()
    if base is None:
        raise CommandError(f"{owner} has no knowledge base {name!r}")
    return base


def _json_object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise CommandError(f"--model-settings is not JSON: {error}") from error
    # Django would take any empty value for an empty object.
    if not isinstance(found, dict):
        raise CommandError("--model-settings must be a JSON object")
    return found
