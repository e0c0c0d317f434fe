"""A fake of the mini program platforms: the code exchange of WeChat, QQ and Douyin.

    with Platform() as platform:
        code = platform.code_of("oAlice", union_id="uAlice")

A client outside the test process gets its code from `/phone?open_id=oAlice`.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

APP_ID = "wx0123456789abcdef"
SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
SESSION_KEY = "c2Vzc2lvbi1rZXktb2YtYS1mYWtl"

MESSAGES = {
    -1: "system error",
    40013: "invalid appid",
    40029: "invalid code",
    40125: "invalid appsecret",
    40163: "code been used",
    40226: "code blocked",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    45011: "api minute-quota reach limit  mustslower  retry next minute",
}
# The same errors as Douyin numbers and words them.
DOUYIN = {
    -1: (-1, "system error"),
    40013: (40015, "bad appid"),
    40125: (40017, "bad secret"),
    40029: (40018, "bad code"),
    40163: (40018, "bad code"),
    41002: (40014, "bad params"),
    41004: (40014, "bad params"),
    41008: (40014, "bad params"),
}


@dataclass(frozen=True)
class PhoneUser:
    """The user that a code belongs to."""

    open_id: str
    union_id: str | None = None


@dataclass(frozen=True)
class Raw:
    """A response that no platform should give."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Silence:
    """No response until the test sets `go_on` or ends."""

    arrived: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)


@dataclass
class Drip:
    """An answer of which a byte comes now and then, without an end."""

    every_s: float
    is_over: threading.Event = field(default_factory=threading.Event)


Answer = int | Raw | Silence | Drip


class Platform:
    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self._next: deque[Answer] = deque()
        self._codes: dict[str, PhoneUser] = {}
        self._used: set[str] = set()
        self._silences: list[Silence] = []
        self._drips: list[Drip] = []
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def code_of(self, open_id: str, union_id: str | None = None) -> str:
        """A single-use code, as the platform gives it to a phone."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = PhoneUser(open_id, union_id)
        return code

    def will_answer(self, *answers: Answer) -> None:
        """Queues responses in place of the correct ones; an int is an error number."""
        self._next.extend(answers)
        self._silences += [answer for answer in answers if isinstance(answer, Silence)]
        self._drips += [answer for answer in answers if isinstance(answer, Drip)]

    def exchange_code(self, app_id: str, secret: str, code: str) -> PhoneUser | Answer:
        self.asked.append({"app_id": app_id, "secret": secret, "code": code})
        if self._next:
            return self._next.popleft()
        match app_id, secret, code:
            case "", _, _:
                return 41002
            case _, "", _:
                return 41004
            case _, _, "":
                return 41008
        if (app_id, secret) != (APP_ID, SECRET):
            return 40125 if app_id == APP_ID else 40013
        if code in self._used:
            return 40163
        self._used.add(code)
        return self._codes.get(code, 40029)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for silence in self._silences:
            silence.go_on.set()
        for drip in self._drips:
            drip.is_over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def wechat(answer: PhoneUser | int) -> dict[str, Any]:
    if isinstance(answer, int):
        return {"errcode": answer, "errmsg": f"{MESSAGES.get(answer, 'unknown')}, rid: 65a1-fake"}
    union = {"unionid": answer.union_id} if answer.union_id else {}
    return {"session_key": SESSION_KEY, "openid": answer.open_id, **union}


def douyin(answer: PhoneUser | int) -> dict[str, Any]:
    number, encode = DOUYIN.get(answer, (answer, "unknown")) if isinstance(answer, int) else (0, "")
    data = {"session_key": "", "openid": "", "anonymous_openid": "", "unionid": ""}
    if isinstance(answer, PhoneUser):
        union = answer.union_id or ""
        data |= {"session_key": SESSION_KEY, "openid": answer.open_id, "unionid": union}
    return {"err_no": number, "err_tips": encode or "success", "log_id": "2026-fake", "data": data}


class _Server(ThreadingHTTPServer):
    def __init__(self, platform: Platform) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.platform = platform


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        platform, address = self.server.platform, urlsplit(self.path)
        sent = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/phone":
            code = platform.code_of(sent["open_id"], sent.get("union_id"))
            self._send(Raw(json.dumps({"code": code}).encode()))
        elif address.path == "/sns/jscode2session":
            names = ("appid", "secret", "js_code")
            is_right = sent.get("grant_type") == "authorization_code"
            self._answer(
                platform.exchange_code(*_texts(sent, names)) if is_right else 40002, wechat
            )
        else:
            self._send(Raw(b"<h1>404</h1>", 404))

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/api/apps/v2/jscode2session":
            names = ("appid", "secret", "code")
            self._answer(self.server.platform.exchange_code(*_texts(sent, names)), douyin)
        else:
            self._send(Raw(b"<h1>404</h1>", 404))

    def _answer(
        self, answer: PhoneUser | Answer, encode: Callable[[PhoneUser | int], dict[str, Any]]
    ) -> None:
        match answer:
            case Raw():
                self._send(answer)
            case Drip():
                self._drip(answer)
            case Silence():
                answer.arrived.set()
                answer.go_on.wait()
            case _:
                self._send(Raw(json.dumps(encode(answer)).encode()))

    def _drip(self, drip: Drip) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        with suppress(OSError):
            while not drip.is_over.wait(drip.every_s):
                self.wfile.write(b" ")

    def _send(self, raw: Raw) -> None:
        self.send_response(raw.status)
        # WeChat sends its JSON with this type.
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(raw.body)))
        for name, value in raw.headers.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(raw.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps the output of the tests clean."""


def _texts(sent: dict[str, Any], names: tuple[str, str, str]) -> tuple[str, str, str]:
    one, two, three = (str(sent.get(name, "")) for name in names)
    return one, two, three
