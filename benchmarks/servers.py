"""Starts servers in processes of their own, and measures their CPU time and memory."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psutil

ROOT = Path(__file__).resolve().parent.parent
START_S = 40
UVICORN = ["--ws", "websockets-sansio", "--loop", "uvloop", "--no-access-log"]
UVICORN += ["--log-level", "warning", "--ws-per-message-deflate", "false"]


class Seed(NamedTuple):
    data: Path
    token: str
    dialog: str
    # The token of a user without dialogs.
    attacker: str


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, and its process, which is measured with its workers."""

    port: int
    process: psutil.Process
    token: str = ""
    dialog: str = ""

    @property
    def path(self) -> str:
        return f"/v1/ws/chat?token={self.token}" if self.token else "/v1/ws/chat"

    def cpu_s(self) -> float:
        return sum(time.clock_gettime(_cpu_clock(one.pid)) for one in self._processes())

    def memory(self) -> int:
        return sum(one.memory_info().rss for one in self._processes())

    def _processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


def _cpu_clock(pid: int) -> int:
    """The CPU clock of another process, as clock_getcpuclockid(3) makes it on Linux.

    It includes ended threads, and counts microseconds; psutil counts hundredths of a second.
    """
    return (~pid << 3) | 2


def seed(data: Path) -> Seed:
    command = [sys.executable, "-m", "benchmarks.seed"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(data), check=True, stdout=subprocess.PIPE, text=True
    )
    return Seed(data, *done.stdout.split()[-3:])


def environment(data: Path, redis_url: str = "") -> dict[str, str]:
    own = {
        "DJANGO_SETTINGS_MODULE": "ragws.settings",
        "RAGWS_DATA_DIR": str(data),
        "DATABASE_URL": "",
        "REDIS_URL": redis_url,
        "ENABLE_LOAD_ENGINE": "1",
        "DEBUG": "",
        "CHUNK_GAP_S": "0",
    }
    return {**os.environ, **own}


@contextmanager
def ours(seed: Seed, redis_url: str = "", workers: int = 1) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    command += ["--workers", str(workers)]
    env = environment(seed.data, redis_url)
    with running(command, port, env) as process:
        yield Server(port, process, seed.token, seed.dialog)


@contextmanager
def peer(name: str, seed: Seed) -> Iterator[Server]:
    port = free_port()
    with running(peer_command(name, port), port, environment(seed.data)) as process:
        yield Server(port, process)


def peer_command(name: str, port: int) -> list[str]:
    module = f"benchmarks.peers.{name}"
    match name:
        case "quart_server":
            address = f"127.0.0.1:{port}"
            return [
                sys.executable,
                "-m",
                "hypercorn",
                "-k",
                "uvloop",
                "-b",
                address,
                f"{module}:app",
            ]
        case "no_lookup":
            return [sys.executable, "-m", module, str(port)]
        case "no_limits":
            return [sys.executable, "-m", "benchmarks.peers.no_lookup", str(port), "--bare"]
        case _:
            return [sys.executable, "-m", "uvicorn", f"{module}:app", "--port", str(port), *UVICORN]


@contextmanager
def redis() -> Iterator[str | None]:
    """A Redis server: its address; None if redis-server is not installed."""
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with running(command, port, dict(os.environ)):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def running(command: Sequence[str], port: int, env: dict[str, str]) -> Iterator[psutil.Process]:
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(process, port)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            try:
                process.wait(timeout=START_S)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"`{' '.join(map(str, process.args))}` does not answer")  # type: ignore[arg-type]  # ours is a list


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
