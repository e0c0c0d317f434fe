"""daphne's `runserver`, on our daphne."""

from daphne.management.commands.runserver import Command as DaphneRunserver

from ragws.daphne import Server
from ragws.logs import hide_queries


class Command(DaphneRunserver):  # type: ignore[misc]  # daphne has no types
    server_cls = Server

    def inner_run(self, *args: object, **options: object) -> None:
        hide_queries()
        super().inner_run(*args, **options)
