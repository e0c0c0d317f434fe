"""`manage.py serve` and `runserver`: their messages, workers and shutdown."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.contract.conftest import CHAT, KINDS
from tests.support.frame_client import open_client
from tests.support.requirements import require
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import POLL_S, ROOT, START_S, environment, is_answering, running


def serve(data: Path, *arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Runs `serve` with arguments that make it end by itself."""
    return subprocess.run(
        [sys.executable, "manage.py", "serve", *arguments],
        cwd=ROOT,
        env=environment(data, **settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def error_line(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    return ended.stderr


def test_two_workers_need_redis(data: Path, seeded: SeededData) -> None:
    assert "REDIS_URL" in error_line(serve(data, "--workers", "2"))


def test_daphne_is_one_process(data: Path, seeded: SeededData) -> None:
    ended = serve(data, "--workers", "2", "--server", "daphne", REDIS_URL="redis://127.0.0.1")
    assert "daphne" in error_line(ended)


@pytest.mark.parametrize("kind", KINDS)
def test_a_busy_port(data: Path, seeded: SeededData, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        message = error_line(serve(data, "--server", kind, "--port", str(port)))
    assert f"Port {port}" in message
    assert "in use" in message


def test_a_database_without_migrations(tmp_path: Path) -> None:
    assert "manage.py migrate" in error_line(serve(tmp_path))


def test_an_address_of_another_machine(data: Path, seeded: SeededData) -> None:
    assert "Cannot listen on" in error_line(serve(data, "--host", "192.0.2.1", "--port", "0"))


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    require("redis-server", shutil.which("redis-server"))
    path = tmp_path / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(path), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        yield f"unix://{path}"
        process.terminate()


async def test_workers_share_the_port_and_are_replaced(
    redis: str, data: Path, seeded: SeededData
) -> None:
    with running(data, "uvicorn", "--workers", "2", REDIS_URL=redis) as server:
        parent = psutil.Process(server.pid)
        before = {child.pid for child in parent.children()}
        assert len(before) == 2

        os.kill(min(before), signal.SIGKILL)
        for _ in server.polls():
            if len({child.pid for child in parent.children()} - before) == 1:
                break
        async with open_client(server.ws + CHAT, seeded.token) as client:
            received = await client.ask(chat_id=seeded.chat_id, question=QUESTION)
        assert "Megalo Chorio" in received.text
        assert server.stop() == 0
        assert not is_answering(server.port)


async def test_workers_that_stop_refuse_connections_at_once(
    redis: str, data: Path, seeded: SeededData
) -> None:
    """While an answer goes on: no connection waits in a queue that nothing reads."""
    with running(data, "uvicorn", "--workers", "2", REDIS_URL=redis, DRAIN_S=600) as server:
        async with open_client(server.ws + CHAT, seeded.token) as client:
            await client.send(chat_id=seeded.load_chat_id, question="bench n=20000 rate=40")
            await client.chunk()
            assert server.process
            server.process.terminate()
            for _ in server.polls():
                if refuses_connections(server.port):
                    break
            else:
                pytest.fail("Connections are still accepted")
            # The answer has not ended, and so neither has the drain.
            assert (await client.chunk())["code"] == 0
            server.process.terminate()
            assert server.wait() == 0


def refuses_connections(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=START_S):
            return False
    except ConnectionRefusedError:
        return True


def test_workers_end_when_their_parent_is_killed(
    redis: str, data: Path, seeded: SeededData
) -> None:
    with running(data, "uvicorn", "--workers", "2", REDIS_URL=redis) as server:
        workers = psutil.Process(server.pid).children()
        server.kill()
        _, alive = psutil.wait_procs(workers, timeout=20)
        assert not alive
        assert not is_answering(server.port)


@pytest.fixture(params=["runserver", "uvicorn"])
def started_otherwise(
    request: pytest.FixtureRequest, data: Path, seeded: SeededData
) -> Iterator[tuple[int, Path]]:
    """A server started without our command: its port and its log."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    if request.param == "runserver":
        command = ["manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    else:
        command = ["-m", "uvicorn", "--port", str(port), "ragws.asgi:application"]
    log = data / f"{request.param}.log"
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment(data, DEBUG=1),
            stdout=out,
            stderr=out,
        ) as process,
    ):
        while not is_answering(port):
            assert process.poll() is None
            time.sleep(POLL_S)
        yield port, log
        process.terminate()


async def test_no_server_logs_tokens(started_otherwise: tuple[int, Path]) -> None:
    port, log = started_otherwise
    async with open_client(f"ws://127.0.0.1:{port}{CHAT}", "ragflow-wrong") as client:
        assert (await client.closed())[0] == 1008
    assert ask_over_http(port, "/api/v1/chats?token=ragflow-wrong").startswith(b"HTTP/1.1 401")
    assert CHAT in log.read_text()
    assert "ragflow-wrong" not in log.read_text()


def ask_over_http(port: int, path: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return connection.recv(4096)
