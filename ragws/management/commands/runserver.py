"""`manage.py runserver`: daphne's, with our daphne server."""

from daphne.management.commands.runserver import Command as DaphneRunserver

from core.commands import ExampleCommand
from ragws.servers.daphne import Server


class Command(ExampleCommand, DaphneRunserver):  # type: ignore[misc]  # daphne has no types
    examples = ("runserver 8001",)
    server_cls = Server
