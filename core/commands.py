"""What our management commands share: an example in `--help`, and data as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser, DjangoHelpFormatter

from core.version import VERSION

EXAMPLES = "examples:\n"
# And what ends a line for some programs.
CONTROLS = re.compile(r"[\x7f-\x9f\u2028\u2029]")


class HelpFormatter(DjangoHelpFormatter):
    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Examples are lines to copy: they are not wrapped."""
        return text if text.startswith(EXAMPLES) else super()._fill_text(text, width, indent)


class ExampleCommand(BaseCommand):
    """A command whose `--help` ends with examples."""

    # What follows `manage.py` on the command line.
    examples: Sequence[str]

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        lines = "".join(f"  manage.py {example}\n" for example in self.examples)
        kwargs |= {"epilog": f"{EXAMPLES}{lines}", "formatter_class": HelpFormatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def get_version(self) -> str:
        return VERSION


def add_json_argument(parser: CommandParser, data: str) -> None:
    parser.add_argument("--json", action="store_true", help=f"print {data} as one line of JSON")


def json_line(data: object) -> str:
    """JSON has no raw control characters below U+0020; a terminal obeys those above, too."""
    return CONTROLS.sub(
        lambda found: f"\\u{ord(found[0]):04x}", json.dumps(data, ensure_ascii=False)
    )
