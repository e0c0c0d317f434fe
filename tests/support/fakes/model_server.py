"""A fake model server that speaks OpenAI's API over real HTTP on loopback.

In a test it sends the scripted answer, or the scenario named by the requested model
(`tests.support.fakes.model_scenarios.SCENARIOS`):

    async with ModelServer() as server:
        server.will_say("RAG", "Flow")
        server.will_send(b'data: {"choices": []}\\n\\n', gate, b"...")

As a program, for a product that runs in another process:

    python -m tests.support.fakes.model_server --port 8700
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any

from tests.support.fakes.loopback_server import LoopbackServer, Request, closed
from tests.support.fakes.model_scenarios import (
    SCENARIOS,
    USUAL,
    ConnectionEvent,
    Finish,
    Refusal,
    Step,
    error,
)

EVENT_STREAM = {"Content-Type": "text/event-stream"}
KEY = "sk-fake-0123456789abcdef"


class ModelServer(LoopbackServer):
    def __init__(self, port: int = 0, key: str = KEY, gap_s: float = 0) -> None:
        super().__init__(port)
        self.key = key
        self.gap_s = gap_s
        self.sent_bytes = 0
        # Fields that are refused with 400, and the hint in the error.
        self.refuses: Mapping[str, str] = {}
        self._steps: list[Step] = list(USUAL)
        self._response: list[bytes | asyncio.Event | ConnectionEvent] = []
        self._answers_with_response: int | None = None
        self._arrived = asyncio.Condition()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def will_say(self, *steps: Step) -> None:
        self._steps = [*steps, Finish()]

    def will_send(
        self,
        *parts: bytes | asyncio.Event | ConnectionEvent,
        status: int = 200,
        headers: Mapping[str, str] = EVENT_STREAM,
    ) -> None:
        """The bytes of the body, exactly as they are; the connection ends the response."""
        lines = [f"HTTP/1.1 {status} Fake", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._response = ["\r\n".join([*lines, "", ""]).encode(), *parts]

    def then_say(self, *steps: Step) -> None:
        """What is said from the second request on, after `will_send`."""
        self._answers_with_response = 1
        self.will_say(*steps)

    async def request(self, number: int = 0) -> Request:
        """Waits for the request with that number."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests) > number)
        return self.requests[number]

    async def respond(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        async with self._arrived:
            self._arrived.notify_all()
        if self._response and self._answers_with_response != 0:
            if self._answers_with_response:
                self._answers_with_response -= 1
            await self._send_response(request, writer)
            return False
        refusal = self._refusal(request)
        steps = SCENARIOS.get(str(request.body.get("model")), self._steps)
        if refusal is None and isinstance(steps[0], Refusal):
            refusal = steps[0]
        if refusal:
            writer.write(plain(refusal))
            await writer.drain()
            return True

        sending = asyncio.create_task(self._send_answer(request, list(steps), writer))
        leaving = asyncio.create_task(closed(writer))
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            request.hung_up.set()
        for task in (sending, leaving):
            task.cancel()
        sent, _ = await asyncio.gather(sending, leaving, return_exceptions=True)
        return sent is True

    async def _send_response(self, request: Request, writer: asyncio.StreamWriter) -> None:
        leaving = asyncio.create_task(closed(writer))
        sending = asyncio.create_task(self._send_parts(writer))
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            request.hung_up.set()
        for task in (sending, leaving):
            task.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send_parts(self, writer: asyncio.StreamWriter) -> None:
        for part in self._response:
            match part:
                case bytes():
                    writer.write(part)
                    await writer.drain()
                    self.sent_bytes += len(part)
                case asyncio.Event():
                    await part.wait()
                case ConnectionEvent.SILENCE:
                    await asyncio.Event().wait()
                case ConnectionEvent.CUT:
                    writer.transport.abort()

    def _refusal(self, request: Request) -> Refusal | None:
        given = request.headers.get("authorization", "")
        if self.key and given != f"Bearer {self.key}":
            words = f"Incorrect API key provided: {given[7:]}. Find yours at {self.base_url}."
            return Refusal(401, error(words, "invalid_request_error", "invalid_api_key"))
        if request.path != "/v1/chat/completions":
            return Refusal(404, error(f"Invalid URL (POST {request.path})", "not_found_error"))
        for name in self.refuses.keys() & request.body.keys():
            words = f"Unsupported parameter: '{name}'. {self.refuses[name]}"
            return Refusal(400, error(words, "invalid_request_error"))
        return None

    async def _send_answer(
        self, request: Request, steps: list[Step], writer: asyncio.StreamWriter
    ) -> bool:
        """Returns whether the whole answer was sent."""
        head = STREAM_HEAD
        async for piece in self._pieces(request, steps):
            writer.write(head + (b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b""))
            head = b""
            await writer.drain()
        writer.write(head + b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _pieces(self, request: Request, steps: list[Step]) -> AsyncIterator[bytes]:
        for step in steps:
            match step:
                case ConnectionEvent.END:
                    return
                case ConnectionEvent.CUT:
                    raise ConnectionAbortedError
                case ConnectionEvent.SILENCE:
                    await asyncio.Event().wait()
                case asyncio.Event():
                    await step.wait()
                case _:
                    yield on_the_wire(request, step, steps)
            if self.gap_s:
                await asyncio.sleep(self.gap_s)


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def on_the_wire(request: Request, step: Step, steps: list[Step]) -> bytes:
    match step:
        case str():
            return chunk(request, {"content": step})
        case bytes():
            return event(step)
        case Finish(reason):
            cost = usage(request, steps) if asks_for_usage(request) else b""
            return chunk(request, {}, reason) + cost + event(b"[DONE]")
        case ConnectionEvent.COMMENT:
            return b": keep-alive\n\n"
        case Mapping():
            return chunk(request, step)
        case _:
            return b""


def plain(refusal: Refusal) -> bytes:
    kind = "text/html" if refusal.page else "application/json"
    headers = {"Content-Type": kind, "Content-Length": str(len(refusal.body)), **refusal.headers}
    lines = [f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + refusal.body


def event(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"


def chunk(request: Request, delta: Mapping[str, object], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
    return event(json.dumps(envelope(request, [choice])).encode())


def asks_for_usage(request: Request) -> bool:
    return bool(request.body.get("stream_options", {}).get("include_usage"))


def usage(request: Request, steps: list[Step]) -> bytes:
    asked = sum(len(str(message["content"]).split()) for message in request.body["messages"])
    said = sum(isinstance(step, str) for step in steps)
    counts = {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}
    return event(json.dumps({**envelope(request, []), "usage": counts}).encode())


def envelope(request: Request, choices: list[Any]) -> dict[str, object]:
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": request.body.get("model"),
        "system_fingerprint": "fp_fake",
        "choices": choices,
        "usage": None,
    }


async def serve(port: int, key: str, gap_s: float) -> None:
    async with ModelServer(port, key, gap_s) as server:
        print(server.base_url, flush=True)  # noqa: T201 - the parent process reads it
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A fake model server; prints its base URL.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", default=KEY, help="the key it wants; empty: none")
    parser.add_argument("--gap", type=float, default=0.05, help="seconds between texts")
    args = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(args.port, args.key, args.gap))
