"""Settings of a remote RAGFlow chat: those of the site, and how a dialog overrides them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from chat.engines.base import EngineFailed
from chat.engines.http.address_policy import Network, origin_of
from chat.engines.http.value_rules import (
    Rule,
    address_problem,
    key_problem,
    networks_problem,
    number,
    problems_of,
    problems_of_site,
    rule,
    whole,
)

REMOTE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class RemoteSettings:
    base_url: str
    # Not in the repr, which may be logged.
    api_key: str = field(repr=False)
    chat_id: str
    # Without a byte from RAGFlow, which sends none while it searches and thinks.
    timeout_s: float
    # Limits of what a server may send.
    max_line_bytes: int = 1024 * 1024
    max_answer_chars: int = 400_000
    max_reasoning_chars: int = 1_000_000
    # From the question to the end.
    max_answer_s: float = 3600
    # Whether the server is the operator's own, and where others may be beside public addresses.
    is_trusted: bool = True
    private_networks: tuple[Network, ...] = ()
    # Of an answer that is no stream: a list of chats has all that their datasets are.
    max_answer_bytes: int = 16 * 1024 * 1024

    @property
    def base_url_path(self) -> str:
        """The path that RAGFlow is under, without what its API adds: people copy either."""
        return urlsplit(self.base_url).path.rstrip("/").removesuffix("/api/v1").removesuffix("/v1")


def override(site: RemoteSettings, options: Mapping[str, object]) -> RemoteSettings:
    """The site's settings as a dialog changes them. Raises `EngineFailed` if it cannot."""
    if problems := check_options(options):
        raise EngineFailed(f"The dialog's model settings are wrong. {' '.join(problems)}")
    # `check_options` has checked the types.
    own: dict[str, Any] = dict(options)
    base_url = own.get("base_url", site.base_url)
    if base_url != site.base_url:
        # The site's key is never sent to another server.
        own.setdefault("api_key", "")
        own["is_trusted"] = bool(site.base_url) and origin_of(base_url) == origin_of(site.base_url)
    settings = replace(site, **own)
    if not settings.base_url:
        raise EngineFailed(
            "No RAGFlow is named. Set RAGFLOW_BASE_URL, or `base_url` in the dialog's model"
            " settings."
        )
    if not settings.chat_id:
        raise EngineFailed("No chat is named. Set `chat_id` in the dialog's model settings.")
    if problem := address_problem(settings.base_url):
        raise EngineFailed(f"RAGFLOW_BASE_URL {problem}.")
    if problem := key_problem(settings.api_key):
        raise EngineFailed(f"RAGFLOW_API_KEY {problem}.")
    return settings


def check_options(options: Mapping[str, object]) -> list[str]:
    """What is wrong with a dialog's model settings, a sentence for each."""
    return problems_of(options, RULES, "a setting of a RAGFlow chat")


def check_site(options: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What is wrong with an entry of `settings.ENGINES`: names of options and problems."""
    return problems_of_site(options, SITE_RULES)


def is_remote_id(value: object) -> bool:
    return isinstance(value, str) and REMOTE_ID.fullmatch(value) is not None


RULES: Mapping[str, Rule] = {
    "base_url": address_problem,
    "api_key": key_problem,
    "chat_id": rule("the id of a chat, as RAGFlow's address bar and API show it", is_remote_id),
    "timeout_s": number(1, 3600),
}
SITE_RULES: Mapping[str, Rule] = {
    "API_KEY": key_problem,
    "BASE_URL": address_problem,
    "TIMEOUT_S": number(1, 3600),
    "MAX_ANSWER_S": number(1, 7 * 24 * 3600),
    "MAX_ANSWER_CHARS": whole(1, 100_000_000),
    "MAX_REASONING_CHARS": whole(1, 100_000_000),
    "MAX_LINE_BYTES": whole(10_000, 100_000_000),
    "PRIVATE_NETWORKS": networks_problem,
}
