"""The client of an OpenAI-compatible embeddings endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest

from knowledge.embedding import endpoint
from knowledge.embedding.embedder import Endpoint
from knowledge.embedding.endpoint import BATCH_SIZE, EndpointEmbedder
from knowledge.errors import EmbeddingFailed
from tests.support.fakes.embedding_server import EmbeddingServer, embedding_server
from tests.support.ports import free_port

KEY = "sk-very-secret"


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with embedding_server() as fake:
        yield fake


def embedder(url: str) -> EndpointEmbedder:
    return EndpointEmbedder(Endpoint(url, "some-model", KEY, timeout_s=5))


def test_each_passage_gets_its_vector_in_its_order(server: EmbeddingServer) -> None:
    texts = [f"word{number} and more" for number in range(BATCH_SIZE + 1)]

    found = embedder(server.url).embed_passages(texts)

    for passage, text in zip(found, texts, strict=True):
        expected = np.array(server.vector(text), np.float32)
        assert passage.whole[0] == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)
        assert passage.sentences.shape == (0, server.dimension)
    assert [len(request["input"]) for request in server.requests] == [BATCH_SIZE, 1]
    assert {request["model"] for request in server.requests} == {"some-model"}


def test_it_sends_the_key_to_the_address_of_embeddings(server: EmbeddingServer) -> None:
    embedder(server.url).embed_question("tea")
    embedder(f"{server.url}/embeddings?api-version=1").embed_question("tea")

    assert server.paths == ["/v1/embeddings", "/v1/embeddings?api-version=1"]
    assert server.authorizations == [f"Bearer {KEY}"] * 2


def test_a_text_that_is_empty_or_long_is_sent_so_that_a_server_takes_it(
    server: EmbeddingServer,
) -> None:
    embedder(server.url).embed_passages(["", "a" * 1_000_000])

    assert [len(text) for text in server.requests[0]["input"]] == [1, endpoint.MAX_CHARS]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[" * 100_000,
        b'{"data": []}',
        b'{"data": [{"embedding": []}]}',
        b'{"data": [{"embedding": [1, NaN]}]}',
        b'{"data": [{"embedding": ["a"]}]}',
        b'{"data": [{"embedding": [1, [2]]}]}',
        b'{"data": [{"embedding": 1}]}',
        b'{"data": [{"embedding": [1]}, {"embedding": [2]}]}',
        json.dumps({"data": [{"embedding": [1] * (endpoint.MAX_DIMENSION + 1)}]}).encode(),
    ],
)
def test_what_is_no_vector_is_refused(server: EmbeddingServer, body: bytes) -> None:
    server.body = body

    with pytest.raises(EmbeddingFailed):
        embedder(server.url).embed_question("tea")


def test_a_response_without_end_is_cut_off(
    server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "MAX_RESPONSE_BYTES", 1000)
    server.body = b"[" + b" " * 2000

    with pytest.raises(EmbeddingFailed, match="too large"):
        embedder(server.url).embed_question("tea")


def test_a_redirect_is_not_followed(server: EmbeddingServer) -> None:
    server.status, server.headers = 307, {"Location": server.url}

    with pytest.raises(EmbeddingFailed, match="307"):
        embedder(server.url).embed_question("tea")
    assert len(server.requests) == 1


def test_a_server_may_say_when_to_ask_again(server: EmbeddingServer) -> None:
    server.status, server.headers = 429, {"Retry-After": "40"}

    with pytest.raises(EmbeddingFailed) as caught:
        embedder(server.url).embed_question("tea")
    assert caught.value.retry_after_s == 40


def test_neither_key_nor_address_is_in_the_error(server: EmbeddingServer) -> None:
    server.status, server.body = 401, KEY.encode()
    away = embedder(f"http://user:{KEY}@127.0.0.1:{free_port()}/v1?key={KEY}")

    for asked in (embedder(server.url), away):
        with pytest.raises(EmbeddingFailed) as caught:
            asked.embed_question("tea")
        assert KEY not in repr(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__cause__ is None
    assert KEY not in repr(Endpoint(server.url, "some-model", KEY, timeout_s=5))
