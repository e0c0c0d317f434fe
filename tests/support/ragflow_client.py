"""RAGFlow's API through Django's client, without a server: for what is no stream."""

from __future__ import annotations

import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.support.ragflow_api import OLD
from tests.support.rest_client import client_of
from tests.support.world import Person


class RAGFlowClient:
    def __init__(self, person: Person, prefix: str = OLD) -> None:
        self.client: Client = client_of(person)
        self.root = f"/{prefix}/api/v1/"

    def send(self, method: str, path: str, body: object = None, **query: Any) -> Any:
        """What it says, which has status 200."""
        content = body if isinstance(body, bytes) else json.dumps(body)
        reply = self.client.generic(
            method,
            self.root + path,
            b"" if body is None else content,
            "application/json",
            query_params=query,
        )
        assert reply.status_code == 200, reply.content
        return reply.json()

    def data(self, method: str, path: str, body: object = None, **query: Any) -> Any:
        answer = self.send(method, path, body, **query)
        assert answer["code"] == 0, answer
        return answer["data"]

    def refusal(self, method: str, path: str, body: object = None, **query: Any) -> tuple[int, str]:
        answer = self.send(method, path, body, **query)
        return answer["code"], answer["message"]

    def upload(self, dataset: str, *names: str, content: bytes = b"Hot.") -> Any:
        files = [SimpleUploadedFile(name, content) for name in names]
        address = f"{self.root}datasets/{dataset}/documents"
        return self.client.post(address, {"file": files} if files else {}).json()
