"""System checks of the settings of the embedding model."""

import pytest
from django.conf import LazySettings
from django.core.checks import run_checks

URL = "https://models.example/v1"


def found() -> set[str | None]:
    return {message.id for message in run_checks() if str(message.id).startswith("knowledge.")}


@pytest.mark.parametrize(
    ("url", "model"),
    [("", ""), ("", "none"), (URL, "bge-m3"), ("http://127.0.0.1:8080/embeddings", "bge-m3")],
)
def test_an_embedding_model_that_is_set_up_passes(
    settings: LazySettings, url: str, model: str
) -> None:
    settings.EMBEDDING_BASE_URL, settings.EMBEDDING_MODEL = url, model
    assert found() == set()


@pytest.mark.parametrize(
    ("url", "model", "id"),
    [
        ("", "bge-m3", "knowledge.E002"),
        ("models.example", "bge-m3", "knowledge.E003"),
        ("ftp://models.example", "bge-m3", "knowledge.E003"),
        ("https://models.example:port", "bge-m3", "knowledge.E003"),
        (URL, "", "knowledge.E004"),
    ],
)
def test_a_wrong_setting_is_named(settings: LazySettings, url: str, model: str, id: str) -> None:
    settings.EMBEDDING_BASE_URL, settings.EMBEDDING_MODEL = url, model
    assert found() == {id}
