"""Runs the real server as a process: `manage.py serve`, started, stopped, killed and restarted."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.fakes.model_server import KEY
from tests.support.ports import free_port
from tests.support.seeded_data import SeededData

ROOT = Path(__file__).resolve().parent.parent.parent
START_S = 60
# A server that leaves waits for answers of a minute.
STOP_S = 180
SEED = "import django; django.setup(); from tests.support.seed import main; main()"
# Seconds between two polls for something that is about to happen.
POLL_S = 0.02


def environment(data: Path, **settings: object) -> dict[str, str]:
    """The environment of a server process, without the developer's own configuration."""
    own = {
        "DJANGO_SETTINGS_MODULE": "ragws.settings",
        "RAGWS_DATA_DIR": str(data),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "ALLOWED_HOSTS": "",
        "ALLOWED_ORIGINS": "",
        "CLOSED_ORIGINS": "",
        "ENABLE_LOAD_ENGINE": "1",
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **own, **{name: str(value) for name, value in settings.items()}}


def seed(data: Path, **settings: object) -> SeededData:
    """Migrates and seeds the database in a data folder, or the one that the settings name."""
    command = [sys.executable, "-c", SEED]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(data, **settings),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return SeededData(**json.loads(done.stdout))


class Server:
    """`manage.py serve` on a free port, kept when it is started again."""

    def __init__(self, data: Path, kind: str = "uvicorn", **settings: object) -> None:
        self.data = data
        self.kind = kind
        self.settings = settings
        self.port = free_port()
        # Several servers may share a data folder.
        self.log_file = data / f"server-{id(self)}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.has_worker = False
        self._earlier_log = 0

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def log(self) -> str:
        return self.log_file.read_text()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, *arguments: str) -> None:
        self.launch(*arguments)
        self.wait_until_answering()

    def launch(self, *arguments: str) -> None:
        self._earlier_log = self.log_file.stat().st_size if self.log_file.exists() else 0
        command = [sys.executable, "manage.py", "serve", "--server", self.kind]
        # Few tests upload documents, and a worker is a process more.
        command += [] if self.has_worker else ["--no-worker"]
        command += ["--port", str(self.port), *arguments]
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment(self.data, **self.settings),
                stdout=log,
                stderr=log,
            )

    def send_signal(self, number: int) -> None:
        assert self.process
        self.process.send_signal(number)

    def stop(self) -> int:
        """Sends SIGTERM, as a process manager does; returns the exit code."""
        assert self.process
        self.process.terminate()
        return self.wait()

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def wait(self) -> int:
        assert self.process
        return self.process.wait(timeout=STOP_S)

    def _read_port(self) -> int:
        for _ in self.polls():
            fresh = self.log_file.read_bytes()[self._earlier_log :]
            if found := re.search(rb"Serving http://[^/]*:(\d+)/", fresh):
                return int(found[1])
        raise AssertionError(f"The server did not log its address:\n{self.log()}")

    def wait_until_answering(self) -> None:
        self.port = self._read_port()
        for _ in self.polls():
            if is_answering(self.port):
                return
        raise AssertionError(f"The server does not answer:\n{self.log()}")

    def polls(self) -> Iterator[None]:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self.process
            if self.process.poll() is not None:
                raise AssertionError(f"The server ended:\n{self.log()}")
            yield
            time.sleep(POLL_S)


def is_answering(port: int) -> bool:
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=START_S) as connection:
            connection.sendall(request)
            return bool(connection.recv(1))
    except OSError:
        return False


@contextmanager
def running(
    data: Path, kind: str = "uvicorn", *arguments: str, **settings: object
) -> Iterator[Server]:
    """A server on a copy of a seeded data folder."""
    with running_servers(data, [kind], *arguments, **settings) as (server,):
        yield server


@contextmanager
def running_servers(
    data: Path, kinds: Sequence[str], *arguments: str, **settings: object
) -> Iterator[list[Server]]:
    """Servers that share one copy of a seeded data folder."""
    own = data.parent / f"{data.name}-{time.monotonic_ns()}"
    shutil.copytree(data, own)
    servers = [Server(own, kind, **settings) for kind in kinds]
    try:
        for server in servers:
            server.launch(*arguments)
        for server in servers:
            server.wait_until_answering()
        yield servers
    finally:
        for server in servers:
            if server.is_running:
                server.kill()


@contextmanager
def model_server(arguments: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """Runs a fake model server; yields the settings that point to it."""
    command = [sys.executable, "-m", "tests.support.fakes.model_server", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            url = process.stdout.readline().strip()
            yield {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url, "OPENAI_MODEL": "usual"}
        finally:
            process.kill()
