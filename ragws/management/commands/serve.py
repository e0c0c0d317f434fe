"""`manage.py serve`: runs the server in production."""

import socket
from contextlib import nullcontext
from typing import Any

from channels.routing import get_default_application
from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from chat.answers import pieces
from chat.answers.interrupted_answers import settle_abandoned
from chat.models import Message
from core.commands import ExampleCommand
from core.version import VERSION
from ragws.server_hub import hub
from ragws.servers.daphne import server as daphne
from ragws.servers.listening import CannotListen, address, adopt, listen
from ragws.servers.uvicorn import server as uvicorn
from ragws.servers.worker_process import running_worker
from ragws.servers.workers import Workers, WorkersFailed, worker_command


class Command(ExampleCommand):
    help = "Serve the site and its sockets until Ctrl-C or SIGTERM. Running answers may end first."
    examples = ("serve --host 0.0.0.0 --port 80 --workers 4",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
        parser.add_argument(
            "--port", type=int, default=8000, help="default: %(default)s; 0 takes a free one"
        )
        parser.add_argument(
            "--workers",
            type=int,
            default=1,
            help="uvicorn processes; more than one needs REDIS_URL",
        )
        parser.add_argument("--server", choices=["uvicorn", "daphne"], default="uvicorn")
        parser.add_argument(
            "--fd", type=int, help="an open socket to serve instead (systemd hands down 3)"
        )
        parser.add_argument(
            "--no-worker",
            action="store_true",
            help="leave reading documents to other workers (`manage.py worker`)",
        )
        parser.add_argument("--parent", type=int, help="end when this process no longer runs us")

    def handle(self, *_args: object, **options: Any) -> None:
        check_workers(options["workers"], options["server"])
        check_migrations()
        try:
            listener = take_socket(options)
            if options["fd"] is None:
                self.stdout.write(
                    f"Serving {address(listener)} with ragws {VERSION} (Ctrl-C ends it)"
                )
                self.stdout.flush()
            with nullcontext() if runs_no_worker(options) else running_worker():
                serve(listener, options["server"], options["workers"], options["parent"])
        except (CannotListen, WorkersFailed) as error:
            raise CommandError(str(error)) from error


def check_workers(count: int, server_name: str) -> None:
    if count < 1:
        raise CommandError("--workers must be at least 1.")
    if count > 1 and not settings.REDIS_URL:
        raise CommandError(
            f"{count} workers need REDIS_URL: without Redis an answer lives in the memory of one "
            "process, and a socket that comes back may reach another one."
        )
    if count > 1 and server_name == "daphne":
        raise CommandError("daphne runs as one process: use uvicorn for more workers.")


def check_migrations() -> None:
    try:
        executor = MigrationExecutor(connection)
    except DatabaseError as error:
        raise CommandError(f"The database cannot be reached: {str(error).strip()}") from error
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    connection.close()
    if missing:
        raise CommandError(
            f"The database misses {len(missing)} migrations: run `manage.py migrate` first."
        )


def take_socket(options: dict[str, Any]) -> socket.socket:
    if options["fd"] is not None:
        return adopt(options["fd"])
    return listen(options["host"], options["port"])


def runs_no_worker(options: dict[str, Any]) -> bool:
    """A server process that has a parent leaves it to that one."""
    return options["no_worker"] or options["parent"] is not None


def serve(
    listener: socket.socket,
    server_name: str = "uvicorn",
    workers: int = 1,
    parent: int | None = None,
) -> None:
    """Until a signal stops it. A worker is given the id of its parent, and stops when that ends."""
    settle_abandoned(Message.objects.all(), hub)
    pieces.delete_obsolete()
    connection.close()
    if workers > 1:
        Workers(worker_command(listener.fileno()), workers, listener).run()
    elif server_name == "daphne":
        daphne.run(get_default_application(), listener)
    else:
        uvicorn.run(get_default_application(), listener, parent)
