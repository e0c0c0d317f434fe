"""`createdialog`: a dialog over knowledge bases, from the terminal."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import User
from chat.models import Dialog
from knowledge.models import KnowledgeBase


class Command(BaseCommand):
    help = """Create a dialog and print its id (the `chat_id`) alone on stdout.

    Example: manage.py createdialog "Handbook" --user admin --kb "Demo library" --engine openai"""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--user", required=True, help="whose dialog it is: a user name")
        parser.add_argument(
            "--kb", action="append", default=[], metavar="NAME", help="may be given several times"
        )
        parser.add_argument("--engine", help="one of settings.ENGINES")
        parser.add_argument("--prompt", default="", help="instructions for the model")
        parser.add_argument("--model-settings", default="{}", metavar="JSON")

    @transaction.atomic
    def handle(self, *_args: object, **options: Any) -> str:
        owner = User.objects.filter(username=options["user"]).first()
        if owner is None:
            raise CommandError(f"There is no user {options['user']!r}")
        dialog = Dialog(owner=owner, name=options["name"], prompt=options["prompt"])
        dialog.model_settings = _json_object(options["model_settings"])
        dialog.engine = options["engine"] or dialog.engine
        try:
            dialog.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        dialog.save()
        dialog.knowledge_bases.set(_knowledge_base(owner, name) for name in options["kb"])
        return dialog.pk.hex


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
    # Django takes anything empty for an empty object.
    if not isinstance(found, dict):
        raise CommandError("--model-settings must be a JSON object")
    return found
