"""Bodies of requests: who may send how much is decided before they are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import httpx
import psutil
import pytest

from tests.contract.conftest import KINDS
from tests.support.attacker import Attacker
from tests.support.seeded_data import SeededData
from tests.support.server import Server, running
from tests.support.signing_in import create_superuser, sign_in, token_in

MIB = 1024 * 1024
FILES, LOGIN = "/api/v1/files", "/api/v1/auth/login"
HALF_SENT, BODY_BYTES = 150, 2_400_000
BODIES_AT_ONCE, UPLOADS_AT_ONCE = 20, 4
BOUNDARY = "a-boundary-of-the-test"


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, data: Path, seeded: SeededData) -> Iterator[Server]:
    limits = {"ADDRESS_BODIES_AT_ONCE": BODIES_AT_ONCE, "MAX_UPLOAD_BYTES": 4 * MIB}
    with running(data, request.param, **limits) as server:
        yield server


@pytest.fixture
def attacker(server: Server) -> Iterator[Attacker]:
    with Attacker(server.port) as attacker:
        yield attacker


def head(path: str, size: int | None, **headers: str) -> bytes:
    fields = {"Host": "localhost", "Content-Type": "application/json"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    fields |= {"Transfer-Encoding": "chunked"} if size is None else {"Content-Length": str(size)}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def form(text: bytes) -> bytes:
    disposition = 'Content-Disposition: form-data; name="file"; filename="tilos.txt"'
    return (
        f"--{BOUNDARY}\r\n{disposition}\r\n\r\n".encode()
        + text
        + f"\r\n--{BOUNDARY}--\r\n".encode()
    )


def upload(size: int, token: str) -> bytes:
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return head(FILES, size, Authorization=f"Bearer {token}", Content_Type=kind)


def test_a_stranger_is_refused_before_a_large_body_is_sent(attacker: Attacker) -> None:
    attacker.send(head(LOGIN, BODY_BYTES))
    assert attacker.status() == 413
    assert attacker.is_cut()


def test_a_large_body_in_chunks_is_refused(attacker: Attacker) -> None:
    attacker.send(head(LOGIN, None) + b"8000\r\n%b\r\n" % bytes(0x8000) * 3)
    assert attacker.status() == 413
    assert attacker.is_cut()


def test_a_small_body_of_a_stranger_is_read(attacker: Attacker) -> None:
    body = b'{"username": "alice", "password": "wrong"}'
    attacker.send(head(LOGIN, len(body)) + body)
    assert attacker.status() == 401


def test_an_upload_without_a_credential_is_refused_before_it_is_sent(attacker: Attacker) -> None:
    attacker.send(head(FILES, 1000))
    assert attacker.status() == 401


def test_an_upload_with_a_wrong_credential_is_refused_before_it_is_sent(
    attacker: Attacker, seeded: SeededData
) -> None:
    attacker.send(upload(MIB, seeded.revoked_token))
    assert attacker.status() == 401


def test_an_upload_that_is_too_large_is_refused_before_it_is_sent(
    attacker: Attacker, seeded: SeededData
) -> None:
    attacker.send(upload(5 * MIB, seeded.token))
    assert attacker.status() == 413


def test_an_upload_is_read(attacker: Attacker, seeded: SeededData) -> None:
    """Also one whose head comes first, and more than one on a connection."""
    body = form(b"The capital of Tilos is Megalo Chorio.\n" * 3000)
    for _ in range(2):
        attacker.send(upload(len(body), seeded.token))
        attacker.send(body)
        assert attacker.status() == 201
        attacker.drop_unread()


def test_documents_are_uploaded_in_the_admin(server: Server, seeded: SeededData) -> None:
    """With the login cookie, which browsers send with an `Origin`."""
    page = f"/admin/knowledge/knowledgebase/{UUID(seeded.kb_id)}/upload/"
    document = ("tilos.txt", b"The capital of Tilos is Megalo Chorio.\n" * 5000)
    with httpx.Client(base_url=server.http, headers={"Origin": server.http}, timeout=20) as browser:
        assert browser.post(page, files={"documents": document}).status_code == 401
        sign_in(browser, "/admin/login/", create_superuser(server))
        fields = {"csrfmiddlewaretoken": token_in(browser.get(page).text)}
        uploaded = browser.post(page, data=fields, files={"documents": document})
    assert uploaded.status_code == 200
    assert "tilos.txt" in uploaded.text


def test_a_large_request_with_a_credential_is_read(attacker: Attacker, seeded: SeededData) -> None:
    body = b'{"username": "%b"}' % (b"x" * 200_000)
    attacker.send(head(LOGIN, len(body), Authorization=f"Bearer {seeded.token}") + body)
    assert attacker.status() == 400


def test_a_request_with_a_credential_has_a_limit(attacker: Attacker, seeded: SeededData) -> None:
    attacker.send(head(LOGIN, BODY_BYTES, Authorization=f"Bearer {seeded.token}"))
    assert attacker.status() == 413


def test_half_sent_requests_hold_no_memory(server: Server) -> None:
    process = psutil.Process(server.pid)
    before = process.memory_info().rss
    with ExitStack() as stack:
        attackers = [stack.enter_context(Attacker(server.port)) for _ in range(HALF_SENT)]
        for attacker in attackers:
            attacker.send(head(LOGIN, BODY_BYTES) + bytes(BODY_BYTES // 2))
        assert process.memory_info().rss - before < 40 * MIB


def test_one_address_may_not_have_any_number_of_half_sent_requests(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(BODIES_AT_ONCE):
            attacker = stack.enter_context(Attacker(server.port))
            attacker.send(head(LOGIN, 1000) + b"{")
            # The server has read the head: it answers to what is behind it on no other occasion.
            assert not attacker.is_cut(0.01)
        with Attacker(server.port) as one_more:
            one_more.send(head(LOGIN, 1000))
            assert one_more.status() == 429
    with Attacker(server.port) as later:
        later.send(head(LOGIN, 2) + b"{}")
        assert later.status() == 400


def test_one_user_may_not_upload_any_number_of_files_at_once(
    server: Server, seeded: SeededData
) -> None:
    with ExitStack() as stack:
        for _ in range(UPLOADS_AT_ONCE):
            attacker = stack.enter_context(Attacker(server.port))
            attacker.send(
                upload(MIB, seeded.bobs_token).replace(
                    b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"
                )
            )
            # The body is asked for once it is admitted.
            assert attacker.status() == 100
        with Attacker(server.port) as one_more:
            one_more.send(upload(MIB, seeded.bobs_token))
            assert one_more.status() == 429


@pytest.mark.parametrize("kind", KINDS)
def test_one_address_has_a_limit_of_connections(data: Path, seeded: SeededData, kind: str) -> None:
    with running(data, kind, ADDRESS_CONNECTIONS=3) as server, ExitStack() as stack:
        sockets = [stack.enter_context(Attacker(server.port)) for _ in range(2)]
        for socket in sockets:
            socket.open(seeded.token)
        with Attacker(server.port) as third:
            third.send(head(LOGIN, 2) + b"{}")
            assert third.status() == 400
            with Attacker(server.port) as fourth:
                assert fourth.is_cut()
        sockets[0].socket.close()
        for _ in server.polls():
            with Attacker(server.port) as another:
                another.send(head(LOGIN, 2) + b"{}")
                if another.status() == 400:
                    break
        else:
            pytest.fail("No connection is accepted, though one was closed")
