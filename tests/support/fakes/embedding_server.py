"""A fake of an embeddings endpoint, over real HTTP, in a thread."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class EmbeddingServer:
    """Texts with the same first word have the same vector. `body` and `status` replace that."""

    dimension: int = 8
    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    url: str = ""

    def vector(self, text: str) -> list[float]:
        digest = hashlib.sha256((text.split() or [""])[0].lower().encode()).digest()
        return [byte - 127.5 for byte in digest[: self.dimension]]

    def answer(self, request: dict[str, Any]) -> bytes:
        if self.body is not None:
            return self.body
        entries = [
            {"index": index, "embedding": self.vector(text)}
            for index, text in enumerate(request["input"])
        ]
        return json.dumps({"data": entries[::-1]}).encode()


@contextmanager
def embedding_server() -> Iterator[EmbeddingServer]:
    fake = EmbeddingServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.requests.append(request)
            fake.authorizations.append(self.headers["Authorization"])
            fake.paths.append(self.path)
            body = fake.answer(request)
            self.send_response(fake.status)
            for name, value in fake.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
