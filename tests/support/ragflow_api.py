"""Requests to RAGFlow's API as its programs send them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.http_requests import request
from tests.support.world import Person

OLD, NEW = "ragflow-0.24", "ragflow-0.25"


class RAGFlowAPI:
    def __init__(self, person: Person, prefix: str = OLD) -> None:
        self.prefix = prefix
        self._headers = {"authorization": f"Bearer {person.token}"}

    async def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        """What it says, which has status 200."""
        headers = {**self._headers, "content-type": "application/json"}
        reply = await request(method, f"/{self.prefix}/api/v1/{path}", headers, body, query)
        assert reply.status == 200, reply.text
        return reply.json()

    async def data(self, method: str, path: str, body: object = None, **query: str) -> Any:
        answer = await self(method, path, body, query or None)
        assert answer["code"] == 0, answer
        return answer["data"]

    async def refusal(self, method: str, path: str, body: object = None, **query: str) -> Any:
        answer = await self(method, path, body, query or None)
        return answer["code"], answer["message"]
