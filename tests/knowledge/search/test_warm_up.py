"""What is loaded before the first search."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.embedding import encoder
from knowledge.search.warm_up import warm_up
from knowledge.translation import dictionary


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    loaded: list[str] = []
    monkeypatch.setattr(encoder, "encode", lambda _texts: loaded.append("encoder"))
    monkeypatch.setattr(dictionary, "_dictionary", lambda: loaded.append("dictionary"))
    return loaded


def test_the_encoder_and_the_dictionary_are(nothing_loaded: list[str]) -> None:
    warm_up()
    assert set(nothing_loaded) == {"encoder", "dictionary"}


def test_a_model_server_is_not_asked(nothing_loaded: list[str], settings: Any) -> None:
    settings.EMBEDDING_BASE_URL, settings.EMBEDDING_MODEL = "http://127.0.0.1:1/v1", "other"
    warm_up()
    assert set(nothing_loaded) == {"dictionary"}


def test_without_vectors_nothing_is(nothing_loaded: list[str], settings: Any) -> None:
    settings.EMBEDDING_MODEL = "none"
    warm_up()
    assert nothing_loaded == []
