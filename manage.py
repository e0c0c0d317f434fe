#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

import django
from django.core.management import ManagementUtility
from django.db import OperationalError

from core.outage import is_away


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragws.settings")
    utility = ManagementUtility(sys.argv)
    if sys.argv[1:2] in (["version"], ["--version"]):
        # Django answers these itself, with its own version, before it looks for a command.
        django.setup()
        utility.fetch_command("version").run_from_argv(sys.argv)
        return
    try:
        utility.execute()
    except OperationalError as error:
        if "--traceback" in sys.argv or not is_away(error):
            raise
        sys.exit(f"The database cannot be reached, or takes nothing: {str(error).strip()}")


if __name__ == "__main__":
    main()
