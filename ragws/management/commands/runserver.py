"""daphne's `runserver`, on our daphne."""

from daphne.management.commands.runserver import Command as DaphneRunserver

from ragws.servers.daphne import Server


class Command(DaphneRunserver):  # type: ignore[misc]  # daphne has no types
    server_cls = Server
