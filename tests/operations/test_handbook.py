"""Every command and every file of docs/operations.md is tried, in a folder that is the machine."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.sync.client import connect

from tests.support.handbook import BlockKey, Machine, blocks
from tests.support.ports import free_port
from tests.support.postgres import SERVER, PostgresDatabase
from tests.support.redis_server import RedisServer
from tests.support.requirements import require
from tests.support.server import ROOT

HOST = "chat.example.org"
BLOCKS = blocks(ROOT / "docs/operations.md")

ONE_MACHINE = [
    BlockKey("Install", "sh", 1),
    BlockKey("Install", "ini"),
    BlockKey("Install", "sh", 2),
    BlockKey("systemd", "ini"),
    BlockKey("systemd", "sh"),
    BlockKey("Workers", "ini"),
    BlockKey("Workers", "sh"),
    BlockKey("nginx", "nginx"),
    BlockKey("nginx", "sh"),
    BlockKey("Backups", "sh", 1),
    BlockKey("Backups", "sh", 2),
    BlockKey("Upgrading", "sh"),
]
SEVERAL_MACHINES = [
    BlockKey("One machine or many", "conf"),
    BlockKey("Several machines", "sql"),
    BlockKey("Several machines", "sh", 1),
    BlockKey("Several machines", "ini", 1),
    BlockKey("Several machines", "ini", 2),
    BlockKey("Several machines", "nginx"),
    BlockKey("Several machines", "sh", 2),
    BlockKey("Backups", "sh", 3),
]
# By tests/contract/test_url_prefix.py.
BELOW_A_PATH = [BlockKey("Below a path", "nginx")]

# What the tests cannot do as shown: the address of the repository, a password from a terminal, and
# four processes on each machine.
ADAPTATIONS = {
    "<this repository>": str(ROOT),
    "createsuperuser": "createsuperuser --noinput --username root --email root@example.org",
    "--workers 4": "--workers 1",
}
SUPERUSER = {"DJANGO_SUPERUSER_PASSWORD": "a password of the test"}

# What Debian's own nginx.conf has around conf.d, in folders of the test, which one user can read.
NGINX_CONF = """
user root;
error_log var/log/nginx/error.log;
pid nginx.pid;
worker_processes 1;
events {}
http {
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include conf.d/*.conf;
}
"""


@pytest.fixture(autouse=True)
def programs() -> None:
    for name in ("nginx", "curl", "sqlite3", "git"):
        require(name, shutil.which(name, path="/usr/sbin:/usr/bin:/bin"))


@pytest.fixture
def https_port() -> int:
    return free_port()


@pytest.fixture
def machine(tmp_path: Path, https_port: int) -> Iterator[Machine]:
    ports = {"listen 443": f"listen 127.0.0.1:{https_port}", "listen 80": f"listen {free_port()}"}
    machine = Machine(tmp_path / "machine", ADAPTATIONS | ports)
    machine.write("etc/nginx/nginx.conf", NGINX_CONF)
    write_certificate(machine.root / f"etc/letsencrypt/live/{HOST}")
    yield machine
    machine.turn_off()


def write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True)
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def page(port: int) -> httpx.Response:
    """Through nginx, as a browser would."""
    return httpx.get(f"https://127.0.0.1:{port}/login", headers={"Host": HOST}, verify=False)


def health(port: int) -> str:
    """Through nginx, over a socket."""
    trusting = ssl._create_unverified_context()
    with (
        socket.create_connection(("127.0.0.1", port)) as connection,
        connect(f"wss://{HOST}/v1/ws/health", sock=connection, ssl=trusting) as client,
    ):
        client.send("ping")
        return str(json.loads(client.recv())["message"])


def users(machine: Machine) -> list[str]:
    with closing(sqlite3.connect(machine.root / "var/lib/ragws/ragws.sqlite3")) as connection:
        return [name for (name,) in connection.execute("SELECT username FROM accounts_user")]


def install(machine: Machine, settings: str) -> None:
    machine.run(BLOCKS[BlockKey("Install", "sh", 1)])
    assert (machine.root / "opt/ragws/.env").stat().st_mode & 0o777 == 0o640
    machine.write("opt/ragws/.env", settings)
    machine.write("etc/systemd/system/ragws.service", BLOCKS[BlockKey("systemd", "ini")])


def test_every_block_is_tried() -> None:
    assert sorted(map(repr, [*ONE_MACHINE, *SEVERAL_MACHINES, *BELOW_A_PATH])) == sorted(
        map(repr, BLOCKS)
    )


def test_one_machine(machine: Machine, https_port: int) -> None:
    install(machine, BLOCKS[BlockKey("Install", "ini")])
    told = machine.run(BLOCKS[BlockKey("Install", "sh", 2)], **SUPERUSER)
    assert "System check identified no issues" in told
    machine.run(BLOCKS[BlockKey("systemd", "sh")])

    machine.write("etc/nginx/conf.d/ragws.conf", BLOCKS[BlockKey("nginx", "nginx")])
    machine.run(BLOCKS[BlockKey("nginx", "sh")])
    assert page(https_port).status_code == 200
    assert health(https_port) == "ok"

    machine.write("etc/systemd/system/ragws-worker.service", BLOCKS[BlockKey("Workers", "ini")])
    machine.run(BLOCKS[BlockKey("Workers", "sh")])
    machine.run("systemctl stop ragws-worker")

    machine.run(BLOCKS[BlockKey("Backups", "sh", 1)])
    database = machine.root / "var/lib/ragws/ragws.sqlite3"
    machine.run("systemctl stop ragws")
    database.write_bytes(b"lost")
    machine.run("systemctl start ragws || true")
    machine.run(BLOCKS[BlockKey("Backups", "sh", 2)])
    assert users(machine) == ["root"]

    machine.run(BLOCKS[BlockKey("Upgrading", "sh")])
    machine.run(BLOCKS[BlockKey("systemd", "sh")].splitlines()[-1])
    assert page(https_port).status_code == 200
    assert "SIGTERM: process" in machine.log()
    for folder in ("var/lib/ragws", "var/backups/ragws"):
        assert list(machine.open_files(folder)) == []


@pytest.fixture
def database() -> Iterator[PostgresDatabase]:
    database = PostgresDatabase()
    yield database
    database.drop()


def create(database: PostgresDatabase) -> None:
    """Its owner is the role of the tests, which may not create roles: the statement is understood,
    and refused."""
    role, rest = BLOCKS[BlockKey("Several machines", "sql")].split("\n", 1)
    owner = SERVER.partition("//")[2].partition(":")[0]
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(role.encode())
        connection.execute(
            rest.replace("DATABASE ragws", f"DATABASE {database.name}")
            .replace("OWNER ragws", f"OWNER {owner}")
            .encode()
        )


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """With the lines of the handbook."""
    folder = tmp_path / "redis"
    folder.mkdir()
    config = folder / "redis.conf"
    config.write_text(BLOCKS[BlockKey("One machine or many", "conf")])
    redis = RedisServer(folder, config)
    redis.start()
    yield redis
    redis.stop()


def test_several_machines(
    machine: Machine,
    tmp_path: Path,
    https_port: int,
    database: PostgresDatabase,
    redis: RedisServer,
) -> None:
    create(database)
    made = machine.run(BLOCKS[BlockKey("Several machines", "sh", 1)]).split()
    keys = dict(line.split("=", 1) for line in made)
    machine.adaptations |= {
        "postgres://ragws:…@db.example.org/ragws": database.url,
        "redis://redis.example.org:6379/0": redis.url,
        **{f"{name}=…": f"{name}={key}" for name, key in keys.items()},
    }
    install(machine, BLOCKS[BlockKey("Several machines", "ini", 1)])
    told = machine.run(BLOCKS[BlockKey("Install", "sh", 2)], **SUPERUSER)
    assert "System check identified no issues" in told
    machine.run("umask 077; " + BLOCKS[BlockKey("Backups", "sh", 3)], DATABASE_URL=database.url)

    other = Machine(tmp_path / "other", ADAPTATIONS)
    (other.root / "opt").rmdir()
    (other.root / "opt").symlink_to(machine.root / "opt")
    other.write("etc/systemd/system/ragws.service", BLOCKS[BlockKey("systemd", "ini")])
    addresses = {
        "10.0.0.11:8000": f"127.0.0.1:{machine.port}",
        "10.0.0.12:8000": f"127.0.0.1:{other.port}",
        "http://127.0.0.1:8000;": "http://ragws;",
        "--host 10.0.0.11": "--host 127.0.0.1",
    }
    for one in (machine, other):
        own = {"http://10.0.0.11:8000": f"http://127.0.0.1:{one.port}"}
        one.adaptations = own | addresses | one.adaptations
        one.write(
            "etc/systemd/system/ragws.service.d/workers.conf",
            BLOCKS[BlockKey("Several machines", "ini", 2)],
        )
    try:
        run_several(machine, other, https_port)
    finally:
        other.turn_off()


def run_several(machine: Machine, other: Machine, https_port: int) -> None:
    restart = BLOCKS[BlockKey("Several machines", "sh", 2)]
    machine.run(restart)
    other.run(restart)
    upstream, site = (
        BLOCKS[BlockKey("Several machines", "nginx")],
        BLOCKS[BlockKey("nginx", "nginx")],
    )
    machine.write("etc/nginx/conf.d/ragws.conf", upstream + site)
    machine.run(BLOCKS[BlockKey("nginx", "sh")])
    assert health(https_port) == "ok"

    seen, restarted = list[int](), threading.Event()

    def visit() -> None:
        while not restarted.is_set():
            seen.append(page(https_port).status_code)

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        machine.run(restart)
        other.run(restart)
    finally:
        restarted.set()
        visitor.join()
    assert set(seen) == {200}
