"""A fake RAGFlow that speaks the dialects of its releases over real HTTP on loopback.

    async with RAGFlowServer("0.24.0") as remote:
        remote.will_answer(Answer(pieces=["RAG", "Flow"]))
        remote.will_cut(100, Then.END)

As a program, for a product that runs in another process:

    python -m tests.support.fakes.ragflow_server --release 0.24.0 --port 9380
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid1

from tests.support.fakes.loopback_server import LoopbackServer, Request, closed
from tests.support.fakes.ragflow_releases import RELEASES, Answer, Release, on_the_wire

KEY = "ragflow-fake0123456789abcdef"
CHAT = "5f1c2a9e8d7b11efb0a40242ac120002"
VERSION_ROUTE, CHATS_ROUTE = "/api/v1/system/version", "/api/v1/chats"


class Then(Enum):
    """What happens after a cut."""

    GO_ON = "the rest comes in another piece"
    END = "the response ends as if it were complete"
    ABORT = "the connection breaks"
    SILENCE = "nothing more comes"


class Refusal(Exception):
    def __init__(self, code: int, message: str, status: int = 200, data: object = None) -> None:
        self.status = status
        self.envelope = {"code": code, "message": message, "data": data}


class RAGFlowServer(LoopbackServer):
    def __init__(self, release: str = "0.27.0", port: int = 0, key: str = KEY) -> None:
        super().__init__(port)
        self.release: Release = RELEASES[release]
        self.key = key
        self.chats = {CHAT: {"id": CHAT, "name": "Handbook", "description": "About us"}}
        # Of each session, what was asked and answered: as the release's own history.
        self.sessions: dict[str, list[dict[str, str]]] = {}
        self.created: list[Mapping[str, Any]] = []
        self.completions: list[Request] = []
        self.gate: asyncio.Event | None = None
        # How many connections are dropped, or answered so, before one is served.
        self.drops = 0
        self.refuses_first: list[tuple[int, str, bytes]] = []
        self._answer = Answer()
        self._body: bytes | None = None
        self._kind = "text/event-stream; charset=utf-8"
        self._cuts: list[tuple[int, Then]] = []
        self._asked = asyncio.Condition()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def will_answer(self, answer: Answer) -> None:
        self._answer = answer

    def will_send(self, body: bytes, kind: str = "text/event-stream; charset=utf-8") -> None:
        """The body of a completion, exactly as it is."""
        self._body, self._kind = body, kind

    def will_cut(self, at: int, then: Then) -> None:
        """After so many bytes of the completion's body; several, one after the other."""
        self._cuts.append((at, then))

    def body_of_answer(self) -> bytes:
        return on_the_wire(self.release, self._answer, "s" * 32)

    async def completion(self, number: int = 0) -> Request:
        """Waits for the completion with that number to be asked for."""
        async with self._asked:
            await self._asked.wait_for(lambda: len(self.completions) > number)
        return self.completions[number]

    async def respond(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        if self.drops:
            self.drops -= 1
            writer.transport.abort()
            return False
        if self.refuses_first:
            status, kind, body = self.refuses_first.pop(0)
            writer.write(response(status, kind, body))
        else:
            try:
                self._check_key(request)
                session = self._session_of_completion(request)
                if session:
                    return await self._complete(request, session, writer)
                writer.write(json_response(self._data(request)))
            except Refusal as refusal:
                writer.write(json_response(refusal.envelope, refusal.status))
        await writer.drain()
        return True

    def _check_key(self, request: Request) -> None:
        if request.headers.get("authorization") == f"Bearer {self.key}":
            return
        if self.release.has_new_shape:
            raise Refusal(401, "<Unauthorized '401: Unauthorized'>", 401)
        raise Refusal(109, "Authentication error: API key is invalid!", data=False)

    def _session_of_completion(self, request: Request) -> str:
        """Empty if it is something else that is asked for."""
        old = request.path.removeprefix(f"{CHATS_ROUTE}/").removesuffix("/completions")
        if request.path == "/api/v1/chat/completions" and self.release.has_new_route:
            chat = str(request.body.get("chat_id", ""))
        elif request.path == f"{CHATS_ROUTE}/{old}/completions" and self.release.has_old_route:
            chat = old
        else:
            return ""
        self._check_chat(chat)
        wants_messages = self.release.wants_messages or not self.release.has_old_route
        if wants_messages and "messages" not in request.body:
            raise Refusal(101, "required argument are missing: messages; ")
        session = str(request.body.get("session_id", ""))
        if session and session not in self.sessions:
            is_new = self.release.has_new_shape
            words = "Session not found!" if is_new else f"You don't own the session {session}"
            raise Refusal(102, words)
        return session or self._begin_session({})

    def _check_chat(self, chat: str) -> None:
        if chat in self.chats:
            return
        if self.release.has_new_shape:
            raise Refusal(109, "No authorization.", data=False)
        raise Refusal(102, f"You don't own the chat {chat}")

    def _begin_session(self, body: Mapping[str, Any]) -> str:
        session = uuid1().hex
        self.sessions[session] = []
        self.created.append(body)
        return session

    def _data(self, request: Request) -> object:
        parts = urlsplit(request.path)
        path, query = parts.path, parse_qs(parts.query)
        if path == CHATS_ROUTE:
            return {"code": 0, "data": self._chats(query)}
        if path.startswith(f"{CHATS_ROUTE}/") and path.endswith("/sessions"):
            chat = path.removeprefix(f"{CHATS_ROUTE}/").removesuffix("/sessions")
            if chat not in self.chats:
                words = "You do not own the assistant."
                raise Refusal(*((109, "No authorization.") if self._is_new else (102, words)))
            session = self._begin_session(request.body)
            return {"code": 0, "data": {"id": session, "chat_id": chat, **request.body}}
        if path == "/api/v1/datasets":
            dataset = {"id": "d" * 32, "name": "Docs", self.release.parser_field: "naive"}
            return {"code": 0, "data": [dataset]}
        if path == VERSION_ROUTE and self._is_new:
            return {"code": 0, "data": f"v{self.release.name}"}
        words = "<NotFound '404: Not Found'>"
        raise Refusal(*((404, words, 404) if self._is_new else (100, words)))

    @property
    def _is_new(self) -> bool:
        return self.release.has_new_shape

    def _chats(self, query: Mapping[str, list[str]]) -> object:
        page, size = (int(query.get(name, ["30"])[0]) for name in ("page", "page_size"))
        found = list(self.chats.values())[(page - 1) * size : page * size]
        return {"chats": found, "total": len(self.chats)} if self._is_new else found

    async def _complete(self, request: Request, session: str, writer: asyncio.StreamWriter) -> bool:
        async with self._asked:
            self.completions.append(request)
            self._asked.notify_all()
        self._keep(request, session)
        body = self._body
        if body is None:
            body = on_the_wire(self.release, self._answer, session)
        sending = asyncio.create_task(self._send(body, writer))
        leaving = asyncio.create_task(closed(writer))
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            request.hung_up.set()
        for task in (sending, leaving):
            task.cancel()
        sent, _ = await asyncio.gather(sending, leaving, return_exceptions=True)
        return sent is True

    def _keep(self, request: Request, session: str) -> None:
        """As RAGFlow does: messages that are sent replace its own history."""
        history = self.sessions[session]
        if "messages" in request.body:
            history[:] = request.body["messages"]
        elif request.body.get("session_id") or self.release.keeps_first_question:
            history.append({"role": "user", "content": str(request.body["question"])})
        history.append({"role": "assistant", "content": self._answer.last})

    async def _send(self, body: bytes, writer: asyncio.StreamWriter) -> bool:
        """Returns whether all of it was sent."""
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: {self._kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        writer.write(head.encode())
        start = 0
        for at, then in [*self._cuts, (len(body), Then.GO_ON)]:
            if piece := body[start:at]:
                writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                await writer.drain()
            start = at
            match then:
                case Then.SILENCE:
                    await asyncio.Event().wait()
                case Then.ABORT:
                    writer.transport.abort()
                    return False
                case Then.END:
                    break
            if self.gate and at < len(body):
                await self.gate.wait()
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True


def json_response(envelope: object, status: int = 200) -> bytes:
    body = json.dumps(envelope, ensure_ascii=False).encode()
    return response(status, "application/json", body)


def response(status: int, kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def serve(release: str, port: int, key: str) -> None:
    async with RAGFlowServer(release, port, key) as server:
        print(server.base_url, flush=True)  # noqa: T201 - the parent process reads it
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A fake RAGFlow; prints its address.")
    parser.add_argument("--release", choices=RELEASES, default="0.27.0")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", default=KEY)
    args = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(args.release, args.port, args.key))
