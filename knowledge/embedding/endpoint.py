"""Asks an OpenAI-compatible `/embeddings` endpoint for vectors.

The operator names its address, so it is trusted, as `OPENAI_BASE_URL` is; what it sends is not.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import httpx
import numpy as np

from core.version import VERSION
from knowledge.embedding.embedder import Endpoint
from knowledge.embedding.packing import normalized
from knowledge.embedding.passage_vectors import PassageVectors
from knowledge.embedding.vectors import Vectors
from knowledge.errors import EmbeddingFailed

# Texts of a request, and characters of each.
BATCH_SIZE = 32
MAX_CHARS = 8_000
MAX_RESPONSE_BYTES = 32 * 1024 * 1024
MAX_DIMENSION = 8_192
# Those who wait for an answer to a question wait no longer than this for its vector.
QUESTION_TIMEOUT_S = 5.0


class EndpointEmbedder:
    def __init__(self, endpoint: Endpoint) -> None:
        self.model = endpoint.model
        self._endpoint = endpoint
        headers = {"Accept-Encoding": "identity", "User-Agent": f"ragws/{VERSION}"}
        if endpoint.api_key:
            headers["Authorization"] = f"Bearer {endpoint.api_key}"
        self._client = httpx.Client(headers=headers, follow_redirects=False)

    def embed_passages(self, texts: Sequence[str]) -> list[PassageVectors]:
        """Such models embed whole passages well: there are no vectors of sentences."""
        found: list[Vectors] = []
        for start in range(0, len(texts), BATCH_SIZE):
            found += list(self._embed(texts[start : start + BATCH_SIZE], self._endpoint.timeout_s))
        return [PassageVectors(row[np.newaxis], row[np.newaxis][:0]) for row in found]

    def embed_question(self, question: str) -> Vectors:
        return self._embed([question], min(self._endpoint.timeout_s, QUESTION_TIMEOUT_S))

    def _embed(self, texts: Sequence[str], timeout_s: float) -> Vectors:
        # An empty text is refused by some servers.
        body = {"model": self.model, "input": [text[:MAX_CHARS] or " " for text in texts]}
        try:
            data = self._post(body, timeout_s)
        except httpx.HTTPError as error:
            # Its message may have the address, which may have a key.
            name = type(error).__name__
            raise EmbeddingFailed(f"Asking the server failed ({name})") from None
        return _vectors(data, len(texts))

    def _post(self, body: dict[str, Any], timeout_s: float) -> bytes:
        deadline = time.monotonic() + timeout_s
        url = _url(self._endpoint.base_url)
        data = bytearray()
        with self._client.stream("POST", url, json=body, timeout=timeout_s) as response:
            _check_status(response)
            for piece in response.iter_raw():
                data += piece
                if len(data) > MAX_RESPONSE_BYTES:
                    raise EmbeddingFailed("The server's response is too large")
                if time.monotonic() > deadline:
                    raise EmbeddingFailed("The server's response takes too long")
        return bytes(data)


def _url(base_url: str) -> httpx.URL:
    """The address of embeddings, if `base_url` is not that already. Its query is kept."""
    url = httpx.URL(base_url)
    path = url.path.rstrip("/")
    return url.copy_with(path=path if path.endswith("/embeddings") else f"{path}/embeddings")


def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    if status == HTTPStatus.OK:
        return
    after = response.headers.get("Retry-After", "")
    seconds = float(after) if after.isascii() and after.isdigit() else 0.0
    raise EmbeddingFailed(f"The server responded with status {status}", retry_after_s=seconds)


def _vectors(data: bytes, count: int) -> Vectors:
    try:
        entries = json.loads(data)["data"]
        rows = [entry["embedding"] for entry in sorted(entries, key=_index)]
        vectors = np.array(rows, np.float32)
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        raise EmbeddingFailed("The server's response is none of embeddings") from None
    if vectors.ndim != 2 or len(vectors) != count or not 0 < vectors.shape[1] <= MAX_DIMENSION:
        raise EmbeddingFailed("The server's response has not one vector for each text")
    if not np.isfinite(vectors).all():
        raise EmbeddingFailed("The server's vectors have numbers that are none")
    return normalized(vectors)


def _index(entry: dict[str, Any]) -> int:
    index = entry.get("index", 0)
    return index if type(index) is int else 0
