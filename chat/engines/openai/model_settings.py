"""Settings of a model: those of the site, and how a dialog overrides and validates them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chat.engines.base import EngineFailed
from chat.engines.http.address_policy import Network, origin_of
from chat.engines.http.value_rules import (
    Rule,
    address_problem,
    key_problem,
    name_problem,
    networks_problem,
    number,
    problems_of,
    problems_of_site,
    rule,
    whole,
)


@dataclass(frozen=True, slots=True)
class ModelSettings:
    model: str
    base_url: str
    # Not in the repr, which may be logged.
    api_key: str = field(repr=False)
    timeout_s: float
    context_tokens: int
    # Sent to the model's server as they are.
    sampling: Mapping[str, object] = field(default_factory=dict)
    # Whether the model's answers begin inside a thought, which only its end tells.
    begins_in_thought: bool = False
    # Limits of what a server may send.
    max_line_bytes: int = 1024 * 1024
    max_answer_chars: int = 400_000
    max_reasoning_chars: int = 1_000_000
    # From the question to the end.
    max_answer_s: float = 3600
    # Whether the server is the operator's own, and where others may be beside public addresses.
    is_trusted: bool = True
    private_networks: tuple[Network, ...] = ()

    @property
    def prompt_budget(self) -> int:
        """The tokens left for the prompt: the answer needs its part of the context."""
        limit = self.sampling.get("max_tokens")
        answer_tokens = limit if isinstance(limit, int) else 2048
        return self.context_tokens - min(answer_tokens, self.context_tokens // 2)


def override(site: ModelSettings, options: Mapping[str, object]) -> ModelSettings:
    """The site's settings as a dialog changes them. Raises `EngineFailed` if it cannot."""
    if problems := check_options(options):
        raise EngineFailed(f"The dialog's model settings are wrong. {' '.join(problems)}")
    # `check_options` has checked the types.
    own: dict[str, Any] = {name: value for name, value in options.items() if name not in SAMPLING}
    base_url = own.get("base_url", site.base_url)
    if base_url != site.base_url:
        # The site's key is never sent to another server.
        own.setdefault("api_key", "")
        own["is_trusted"] = origin_of(base_url) == origin_of(site.base_url)
    sampling = {name: value for name, value in options.items() if name in SAMPLING}
    settings = replace(site, sampling=sampling, **own)
    if not settings.model:
        raise EngineFailed(
            "No model is chosen. Set OPENAI_MODEL, or `model` in the dialog's model settings."
        )
    if problem := address_problem(settings.base_url):
        raise EngineFailed(f"OPENAI_BASE_URL {problem}.")
    if problem := key_problem(settings.api_key):
        raise EngineFailed(f"OPENAI_API_KEY {problem}.")
    return settings


def check_options(options: Mapping[str, object]) -> list[str]:
    """What is wrong with a dialog's model settings, a sentence for each."""
    return problems_of(options, RULES, "a model setting")


def check_site(options: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What is wrong with an entry of `settings.ENGINES`: names of options and problems."""
    return problems_of_site(options, SITE_RULES)


SAMPLING = {
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "max_tokens": whole(1, 10_000_000),
    "presence_penalty": number(-2, 2),
    "frequency_penalty": number(-2, 2),
}
RULES: Mapping[str, Rule] = {
    "model": name_problem,
    "base_url": address_problem,
    "api_key": key_problem,
    "timeout_s": number(1, 3600),
    "context_tokens": whole(512, 10_000_000),
    "begins_in_thought": rule("true or false", lambda value: isinstance(value, bool)),
    **SAMPLING,
}


SITE_RULES: Mapping[str, Rule] = {
    "API_KEY": key_problem,
    "BASE_URL": address_problem,
    "MODEL": name_problem,
    "TIMEOUT_S": number(1, 3600),
    "REWRITE_TIMEOUT_S": number(0.1, 60),
    "CONTEXT_TOKENS": whole(512, 10_000_000),
    "MAX_ANSWER_S": number(1, 7 * 24 * 3600),
    "MAX_ANSWER_CHARS": whole(1, 100_000_000),
    "MAX_REASONING_CHARS": whole(1, 100_000_000),
    "MAX_LINE_BYTES": whole(10_000, 100_000_000),
    "PRIVATE_NETWORKS": networks_problem,
}
