"""`setstarters`: sets the questions that a dialog offers to begin with."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from accounts.management.user_lookup import user_named
from chat.management.dialog_lookup import dialog_named
from core.commands import ExampleCommand


class Command(ExampleCommand):
    help = "Set the questions a dialog offers to begin with. Without any, it offers none."
    examples = ('setstarters "Handbook" "How do I get a token?" "怎样申请令牌？" --user admin',)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("chat", help="the dialog, by id or name")
        parser.add_argument("questions", nargs="*", metavar="question", help="at most six")
        parser.add_argument("--user", default="admin", help="whose dialog it is; admin")

    def handle(self, *_args: object, **options: Any) -> str:
        dialog = dialog_named(user_named(options["user"]), options["chat"])
        dialog.starters = options["questions"]
        try:
            dialog.clean_fields(exclude={"engine", "model_settings"})
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        dialog.save(update_fields=["starters", "updated_at"])
        return f"Done! {dialog.name} has {len(dialog.starters)} starters"
