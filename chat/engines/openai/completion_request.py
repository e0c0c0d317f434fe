"""Sends a request for a chat completion, in the ways that OpenAI's and Azure's servers want it."""

from urllib.parse import urlsplit

import httpcore

from chat.engines.http.connections import send, target_of
from chat.engines.openai.model_settings import ModelSettings


async def post(settings: ModelSettings, body: bytes) -> httpcore.Response:
    """Returns the response before its body is read."""
    return await send(settings, "POST", _target(settings.base_url), _credentials(settings), body)


def _target(base_url: str) -> str:
    """That of chat completions, if `base_url` is not that already. Its query is kept."""
    parts = urlsplit(base_url)
    path = parts.path.rstrip("/")
    if not path.endswith("/chat/completions"):
        path += "/chat/completions"
    return target_of(path, parts.query)


def _credentials(settings: ModelSettings) -> list[tuple[bytes, bytes]]:
    if not settings.api_key:
        return []
    parts, key = urlsplit(settings.base_url), settings.api_key.encode()
    is_azure = (parts.hostname or "").endswith(".azure.com")
    headers = []
    if is_azure or "api-version=" in parts.query:
        headers.append((b"api-key", key))
    if not is_azure:
        headers.append((b"Authorization", b"Bearer " + key))
    return headers
