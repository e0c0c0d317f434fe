"""`manage.py version`: which version of ragws this is."""

import platform
from typing import Any

import django
from django.core.management.base import CommandParser

from core.commands import ExampleCommand, add_json_argument, json_line
from core.version import VERSION


class Command(ExampleCommand):
    help = "Print the version of ragws; with --json those of Django and Python as well."
    examples = ("version", "version --json")
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add_json_argument(parser, "the versions of ragws, Django and Python")

    def handle(self, *_args: object, **options: Any) -> str:
        if not options["json"]:
            return VERSION
        django_version, python_version = django.get_version(), platform.python_version()
        return json_line({"version": VERSION, "django": django_version, "python": python_version})
