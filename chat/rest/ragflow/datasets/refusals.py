"""What RAGFlow answers when it refuses: codes, and the sentences that its programs look for.

Of datasets, documents, chunks and retrieval; those of chats are in `releases`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chat.rest.ragflow.releases import Release
from chat.rest.ragflow.views import Refusal
from chat.rest.ragflow_errors import ARGUMENTS, DATA, PERMISSION, ROUTING

SERVER_ERROR = 500
MAX_SHOWN = 128

MALFORMED = "Malformed JSON syntax: Missing commas/brackets or invalid encoding"
NOTHING_CHANGED = "No properties were modified"
NO_DATASET_TO_UPDATE = "You don't own the dataset."
NO_DOCUMENT_TO_UPDATE = "The dataset doesn't own the document."
NO_FILE_PART = "No file part!"
NO_FILE_CHOSEN = "No file selected!"
LONG_FILE_NAME = "File name must be 255 bytes or less."
OTHER_SUFFIX = "The extension of file can't be changed"
TAKEN_FILE_NAME = "Duplicated document name in the same dataset."
NOT_BEING_PARSED = "Can't stop parsing document with progress at 0 or 1"
NO_QUESTION = "`question` is required."
NO_DATASET_IDS = "`dataset_ids` is required."
DATASETS_NO_LIST = "`dataset_ids` should be a list"
DOCUMENTS_NO_LIST = "`documents` should be a list"
NO_SUCH_TOP_K = "`top_k` must be greater than 0"


def wrong_argument(message: str) -> Refusal:
    return Refusal(message, ARGUMENTS)


def wrong_field(path: str, message: str, value: Any) -> Refusal:
    shown = str(value)
    shown = shown if len(shown) <= MAX_SHOWN else f"{shown[:MAX_SHOWN]}..."
    return wrong_argument(f"Field: <{path}> - Message: <{message}> - Value: <{shown}>")


def failed(error: Exception) -> Refusal:
    """Where RAGFlow does not check a type, it says what Python said about it."""
    return Refusal(repr(error), ROUTING)


def no_attribute(value: object, name: str) -> Refusal:
    return failed(AttributeError(f"'{type(value).__name__}' object has no attribute '{name}'"))


def no_permission(user_id: str, what: Iterable[str], noun: str, release: Release) -> Refusal:
    """`noun`: `dataset`, or `datasets:` where there may be several."""
    sentence = f"User '{user_id}' lacks permission for {noun} '{', '.join(what)}'"
    return Refusal(sentence, DATA if release.is_new else PERMISSION)


def no_dataset(dataset_id: str) -> Refusal:
    return Refusal(f"You don't own the dataset {dataset_id}.")


def no_document(document_id: str) -> Refusal:
    return Refusal(f"You don't own the document {document_id}.")


def unknown_documents(ids: Iterable[str]) -> Refusal:
    return Refusal(f"Documents not found: {list(ids)}")


def required(name: str) -> Refusal:
    return Refusal(f"`{name}` is required")


def taken_dataset_name(name: str) -> Refusal:
    return Refusal(f"Dataset name '{name}' already exists")


def unsupported_file(name: str) -> Refusal:
    sentence = f"{name}: This type of file has not been supported yet!"
    return Refusal(sentence, SERVER_ERROR)
