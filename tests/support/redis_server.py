"""A Redis server for one test: started, stopped, frozen. It loses its data when it stops."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port
from tests.support.requirements import require

START_S = 30
POLL_S = 0.02


class RedisServer:
    """Uses a free port and keeps it when it is started again. With a `folder` it persists its data
    there, as `config` says, if there is one."""

    def __init__(self, folder: Path | None = None, config: Path | None = None) -> None:
        self.folder = folder
        self.config = config
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = ["redis-server", *([str(self.config)] if self.config else [])]
        command += ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        if not self.config:
            command += ["--appendonly", "yes" if self.folder else "no"]
        if self.folder:
            command += ["--dir", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_S
        while not self._is_answering():
            assert time.monotonic() < deadline, "redis-server does not answer"
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Kills it: its data is lost, and its connections are cut."""
        assert self.process
        self.process.kill()
        self.process.wait()
        self.process = None

    def empty(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=START_S) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            assert connection.recv(16).startswith(b"+OK")

    def freeze(self) -> None:
        """Connections stay open but get no replies."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def _is_answering(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


@contextmanager
def running_redis(folder: Path | None = None) -> Iterator[RedisServer]:
    require("redis-server", shutil.which("redis-server"))
    redis = RedisServer(folder)
    redis.start()
    try:
        yield redis
    finally:
        if redis.process:
            redis.stop()
