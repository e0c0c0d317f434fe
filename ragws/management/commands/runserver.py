"""`manage.py runserver`: daphne's, with our daphne server."""

from typing import Any

from daphne.management.commands.runserver import Command as DaphneRunserver

from core.commands import ExampleCommand
from ragws.probes import PROBES
from ragws.servers.daphne.server import Server


class Command(ExampleCommand, DaphneRunserver):  # type: ignore[misc]  # daphne has no types
    examples = ("runserver 8001",)
    server_cls = Server

    def log_action(self, protocol: str, action: str, details: dict[str, Any]) -> None:
        """Probes come every few seconds, and say nothing new."""
        if details["path"].partition("?")[0] not in PROBES:
            super().log_action(protocol, action, details)
