"""`manage.py quickstart`: from a fresh clone to a running server with something to ask."""

from threading import Thread
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.urls import reverse

from accounts.logins.login_links import issue_login_link
from accounts.models import User
from core.commands import ExampleCommand, add_json_argument
from knowledge.search.warm_up import warm_up
from ragws.management.commands.serve import serve
from ragws.quickstart import as_json, prepare
from ragws.quickstart_message import changes, welcome
from ragws.servers.listening import CannotListen, address, listen
from ragws.servers.worker_process import running_worker


class Command(ExampleCommand):
    help = """Make what is missing (database, admin user, demo documents, a dialog, an API token),
    print how to get in, and serve. Run again, it keeps everything."""
    examples = ("quickstart --port 9000", "quickstart --no-serve --json")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
        parser.add_argument("--port", type=int, default=8000, help="default: %(default)s")
        add_json_argument(parser, "all of it")
        parser.add_argument("--no-serve", action="store_true", help="prepare and print, then end")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            # First of all, so that a busy port is known before anything is changed.
            listener = listen(options["host"], options["port"])
        except CannotListen as error:
            raise CommandError(str(error)) from error
        with listener:
            result = prepare(self.stderr.write)
            url = address(listener)
            admin = User.objects.get(username=result.admin_user)
            link = f"{url[:-1]}{reverse('login-link', args=[issue_login_link(admin)])}"
            admin_url = f"{url[:-1]}{reverse('admin:index')}"
            if options["json"]:
                self.stdout.write(as_json(result, url, link, admin_url))
            else:
                self.stdout.write(changes(result))
                self.stdout.write(welcome(result, url, link, admin_url))
            self.stdout.flush()
            if not options["no_serve"]:
                # The first question should not be the slow one.
                Thread(target=warm_up, daemon=True).start()
                with running_worker():
                    serve(listener)
