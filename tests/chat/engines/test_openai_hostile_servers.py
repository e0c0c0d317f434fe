"""A model's server that means harm, or has gone mad, costs this process little."""

import asyncio
import gzip
import json
import socket
import zlib
from typing import Any

import pytest

from chat.engines.http.address_policy import is_allowed, parse_networks
from chat.engines.openai.engine import OpenAIEngine
from tests.support.completion_bytes import DONE, chunk, event
from tests.support.engine_prompts import ask, collect_events, reasoning_of, text_of
from tests.support.fakes.model_scenarios import ConnectionEvent
from tests.support.fakes.model_server import EVENT_STREAM, ModelServer

GZIP = {**EVENT_STREAM, "Content-Encoding": "gzip"}


@pytest.fixture
def small(server: ModelServer) -> OpenAIEngine:
    return OpenAIEngine(
        *(server.key, server.base_url, "fake-1"),
        timeout_s=5,
        max_line_bytes=100_000,
        max_answer_chars=5000,
        max_reasoning_chars=3000,
    )


async def test_identity_is_asked_for(engine: OpenAIEngine, server: ModelServer) -> None:
    await collect_events(engine, ask())

    assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
async def test_a_packed_answer_is_read_all_the_same(
    engine: OpenAIEngine, server: ModelServer, pack: Any
) -> None:
    encoding = "gzip" if pack is gzip.compress else "deflate"
    server.will_send(
        pack(chunk("Yes.") + DONE), headers={**EVENT_STREAM, "Content-Encoding": encoding}
    )

    events, failure = await collect_events(engine, ask())

    assert (text_of(events), failure) == ("Yes.", None)


@pytest.mark.parametrize(
    "inside",
    [b"x" * 30_000_000, b"\n" * 3_000_000, b": ping\n" * 500_000, b"data: {}\n\n" * 200_000],
    ids=["a-line", "blank-lines", "comments", "empty-chunks"],
)
async def test_a_gzip_bomb_ends_the_answer_and_keeps_its_text(
    small: OpenAIEngine, server: ModelServer, inside: bytes
) -> None:
    server.will_send(gzip.compress(chunk("Half an ") + inside), headers=GZIP)

    events, failure = await collect_events(small, ask())

    assert text_of(events) == "Half an "
    assert "more at once than this server takes" in str(failure)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
async def test_other_packings_are_refused(
    engine: OpenAIEngine, server: ModelServer, encoding: str
) -> None:
    server.will_send(b"whatever", headers={**EVENT_STREAM, "Content-Encoding": encoding})

    _, failure = await collect_events(engine, ask())

    assert "was not asked for" in str(failure)


@pytest.mark.parametrize(
    "endless",
    [b'data: {"x": "' + b"a" * 400_000, b"data: {\n" * 50_000, b"{\n" * 200_000],
    ids=["a-line", "an-event", "a-document"],
)
async def test_a_line_has_a_limit(small: OpenAIEngine, server: ModelServer, endless: bytes) -> None:
    server.will_send(chunk("Half an "), endless)

    events, failure = await collect_events(small, ask())

    assert text_of(events) == "Half an "
    assert "more at once than this server takes" in str(failure)


async def test_an_answer_has_a_limit(small: OpenAIEngine, server: ModelServer) -> None:
    server.will_send(*[chunk("words " * 100)] * 20, DONE)

    events, failure = await collect_events(small, ask())

    assert len(text_of(events)) == 5000
    assert "it reached 5,000 characters, the most that this server takes" in str(failure)


@pytest.mark.parametrize("tags", [True, False])
async def test_reasoning_has_a_limit(small: OpenAIEngine, server: ModelServer, tags: bool) -> None:
    thought = "words " * 100
    pieces = [chunk(thought) if tags else chunk(reasoning_content=thought)] * 20
    server.will_send(*([chunk("<think>")] if tags else []), *pieces, DONE)

    events, failure = await collect_events(small, ask())

    assert len(reasoning_of(events)) == 3000
    assert "the reasoning before it reached 3,000 characters" in str(failure)


@pytest.mark.parametrize("nested", [b"[" * 50_000, b'{"a":' * 15_000])
async def test_deep_nesting_is_no_answer(
    small: OpenAIEngine, server: ModelServer, nested: bytes
) -> None:
    server.will_send(chunk("Half an "), b"data: " + nested + b"\n\n", DONE)

    events, failure = await collect_events(small, ask())

    assert text_of(events) == "Half an "
    assert failure is not None


async def test_an_endless_answer_ends(server: ModelServer) -> None:
    engine = OpenAIEngine(server.key, server.base_url, "fake-1", timeout_s=60, max_answer_s=1)
    server.will_send(chunk("Half an "), ConnectionEvent.SILENCE)

    events, failure = await collect_events(engine, ask())

    assert text_of(events) == "Half an "
    assert "took longer than this server waits" in str(failure)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(
    engine: OpenAIEngine, server: ModelServer, status: int
) -> None:
    async with ModelServer() as other:
        location = {"Location": f"{other.base_url}/chat/completions"}
        server.will_send(b"", status=status, headers=location)

        _, failure = await collect_events(engine, ask())

        assert "not followed" in str(failure)
        assert other.connections == 0


class TestAddresses:
    """The operator's server may be anywhere, a dialog's own only where the operator allows it."""

    SITE = "http://127.0.0.1:9/v1"

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "[::1]"])
    async def test_a_dialog_reaches_no_private_address(
        self, server: ModelServer, host: str
    ) -> None:
        engine = OpenAIEngine("", self.SITE, "fake-1")

        _, failure = await collect_events(engine, ask(base_url=f"http://{host}:{server.port}/v1"))

        assert "in a network that dialogs may not use" in str(failure)
        assert server.connections == 0

    async def test_a_dialog_may_use_the_server_of_the_site(self, server: ModelServer) -> None:
        server.key = ""
        engine = OpenAIEngine("", server.base_url, "fake-1")

        _, failure = await collect_events(engine, ask(base_url=server.base_url + "/"))

        assert failure is None

    async def test_the_operator_may_allow_networks(self, server: ModelServer) -> None:
        server.key = ""
        engine = OpenAIEngine("", self.SITE, "fake-1", private_networks=["127.0.0.0/8"])

        _, failure = await collect_events(engine, ask(base_url=server.base_url))

        assert failure is None

    async def test_a_name_is_checked_when_it_is_connected_to(
        self, server: ModelServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """DNS says something else each time it is asked; here it is asked once."""
        asked: list[str] = []

        async def rebinding(_: object, host: str, port: int, **_more: object) -> list[Any]:
            asked.append(host)
            address = "127.0.0.1" if len(asked) > 1 else "192.0.2.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", rebinding)
        engine = OpenAIEngine("", self.SITE, "fake-1")

        _, failure = await collect_events(
            engine, ask(base_url=f"http://evil.example:{server.port}/v1")
        )

        assert "in a network that dialogs may not use" in str(failure)
        assert asked == ["evil.example"]
        assert server.connections == 0

    async def test_a_proxy_that_is_not_supported_is_not_passed_by(
        self, server: ModelServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("NO_PROXY")
        monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:9")

        _, failure = await collect_events(OpenAIEngine("", server.base_url, "fake-1"), ask())

        assert "cannot be reached" in str(failure)
        assert server.connections == 0

    @pytest.mark.parametrize(
        ("host", "is_reached"),
        [("model.invalid", True), ("127.0.0.1", False), ("169.254.169.254", False)],
    )
    async def test_through_a_proxy_addresses_are_checked_as_far_as_they_are_known(
        self,
        server: ModelServer,
        monkeypatch: pytest.MonkeyPatch,
        host: str,
        is_reached: bool,
    ) -> None:
        monkeypatch.delenv("NO_PROXY")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
        server.will_send(chunk("Yes."), DONE)
        engine = OpenAIEngine("", self.SITE, "fake-1")

        events, failure = await collect_events(engine, ask(base_url=f"http://{host}/v1"))

        assert (text_of(events) == "Yes.") == (failure is None) == is_reached
        paths = [request.path for request in server.requests]
        assert paths == ["http://model.invalid/v1/chat/completions"] * is_reached

    @pytest.mark.parametrize(
        "address",
        [
            *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.1.1", "198.18.0.1"),
            *("::1", "fd12::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "fec0::1"),
        ],
    )
    def test_private_addresses_need_permission(self, address: str) -> None:
        everything = parse_networks(["0.0.0.0/0", "::/0"])
        assert not is_allowed(address)
        assert is_allowed(address, everything)

    @pytest.mark.parametrize(
        "address",
        [
            *("169.254.169.254", "169.254.1.1", "fe80::1", "fe80::1%eth0", "64:ff9b::a9fe:a9fe"),
            *("::ffff:169.254.169.254", "100.100.100.200", "fd00:ec2::254", "0.0.0.0", "::"),
            *("224.0.0.1", "ff02::1", "nonsense"),
        ],
    )
    def test_link_local_addresses_are_never_allowed(self, address: str) -> None:
        assert not is_allowed(address, parse_networks(["0.0.0.0/0", "::/0"]))

    @pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
    def test_public_addresses_are_allowed(self, address: str) -> None:
        assert is_allowed(address)


async def test_a_hostile_stream_leaves_the_next_answer_alone(
    small: OpenAIEngine, server: ModelServer
) -> None:
    server.will_send(b"\x00" * 200_000)
    server.then_say("Yes.")
    await collect_events(small, ask())

    events, failure = await collect_events(small, ask())

    assert (text_of(events), failure) == ("Yes.", None)


@pytest.mark.parametrize(
    "body",
    [
        chunk('."""…' * 20_000),
        chunk(reasoning_content="z" * 100_000),
        chunk("字") * 4000,
        b'data: {"choices": []}\n\n' * 4000,
    ],
    ids=["closing-marks", "reasoning", "many-events", "empty-events"],
)
async def test_other_tasks_have_their_turns_while_a_server_floods(
    server: ModelServer, body: bytes
) -> None:
    engine = OpenAIEngine(server.key, server.base_url, "fake-1", max_line_bytes=10**7)
    server.will_send(body, chunk("Yes."), DONE)
    turns = 0
    is_over = asyncio.Event()

    async def count() -> None:
        nonlocal turns
        while not is_over.is_set():
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    _, failure = await collect_events(engine, ask())
    is_over.set()
    await counting

    assert failure is None
    assert turns > 90


async def test_broken_utf8_is_shown_as_such(engine: OpenAIEngine, server: ModelServer) -> None:
    broken = event({"choices": [{"delta": {"content": "A?B"}}]}).replace(b"?", b"\xff\xfe")
    server.will_send(broken, DONE)

    events, failure = await collect_events(engine, ask())

    assert (text_of(events), failure) == ("A\ufffd\ufffdB", None)
    json.dumps(text_of(events)).encode()
