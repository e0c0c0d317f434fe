"""Settings of a model: those of the site, and how a dialog overrides and validates them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from chat.engines.base import EngineFailed


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
    if own.get("base_url", site.base_url) != site.base_url:
        # The site's key is never sent to another server.
        own.setdefault("api_key", "")
    sampling = {name: value for name, value in options.items() if name in SAMPLING}
    settings = replace(site, sampling=sampling, **own)
    if not settings.model:
        raise EngineFailed(
            "No model is chosen. Set OPENAI_MODEL, or `model` in the dialog's model settings."
        )
    if not is_address(settings.base_url):
        raise EngineFailed(f"OPENAI_BASE_URL must be {address().words}.")
    return settings


def check_options(options: Mapping[str, object]) -> list[str]:
    """What is wrong with a dialog's model settings, a sentence for each."""
    return [problem for name, value in options.items() if (problem := _problem(name, value))]


def _problem(name: str, value: object) -> str:
    if name not in RULES:
        return f"`{name}` is not a model setting; there are {', '.join(RULES)}."
    rule = RULES[name]
    return "" if rule.holds(value) else f"`{name}` must be {rule.words}."


@dataclass(frozen=True, slots=True)
class Rule:
    words: str
    holds: Callable[[object], bool]


def text() -> Rule:
    return Rule("a text", is_text)


def key() -> Rule:
    return Rule("printable ASCII characters", is_key)


def address() -> Rule:
    return Rule("an address that begins with http:// or https://", is_address)


def number(low: float, high: float) -> Rule:
    return Rule(f"a number from {low} to {high}", lambda value: is_between(value, low, high))


def whole(low: int, high: int) -> Rule:
    return Rule(
        f"a whole number from {low} to {high}",
        lambda value: isinstance(value, int) and is_between(value, low, high),
    )


def is_text(value: object) -> TypeGuard[str]:
    """One line of it; PostgreSQL keeps neither a NUL nor half a character."""
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def is_key(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


def is_address(value: object) -> bool:
    try:
        parts = urlsplit(value if is_text(value) else "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def is_between(value: object, low: float, high: float) -> bool:
    # True and False are integers to Python.
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


SAMPLING = {
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "max_tokens": whole(1, 10_000_000),
    "presence_penalty": number(-2, 2),
    "frequency_penalty": number(-2, 2),
}
RULES: Mapping[str, Rule] = {
    "model": text(),
    "base_url": address(),
    "api_key": key(),
    "timeout_s": number(1, 3600),
    "context_tokens": whole(512, 10_000_000),
    **SAMPLING,
}
