#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

import django
from django.core.management import ManagementUtility


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragws.settings")
    utility = ManagementUtility(sys.argv)
    if sys.argv[1:2] in (["version"], ["--version"]):
        # Django answers these itself, with its own version, before it looks for a command.
        django.setup()
        utility.fetch_command("version").run_from_argv(sys.argv)
    else:
        utility.execute()


if __name__ == "__main__":
    main()
