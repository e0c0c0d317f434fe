"""Rules for the values of settings that say where a server is and how it is asked.

What is wrong with a value is told in words that are read after its name; empty if nothing is.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import TypeGuard
from urllib.parse import urlsplit

from chat.engines.http.address_policy import parse_networks

Rule = Callable[[object], str]


def rule(words: str, holds: Callable[[object], bool]) -> Rule:
    return lambda value: "" if holds(value) else f"must be {words}"


def number(low: float, high: float) -> Rule:
    return rule(f"a number from {low} to {high}", lambda value: is_between(value, low, high))


def whole(low: int, high: int) -> Rule:
    return rule(
        f"a whole number from {low} to {high}",
        lambda value: isinstance(value, int) and is_between(value, low, high),
    )


def name_problem(value: object) -> str:
    """PostgreSQL keeps neither a NUL nor half a character."""
    if not is_text(value):
        return "must be a text"
    return quoting_problem(value)


def key_problem(value: object) -> str:
    """What is wrong with a key as it was pasted; no part of it is repeated."""
    if not isinstance(value, str):
        return "must be a text"
    if problem := quoting_problem(value):
        return problem
    if value.lower().startswith(("bearer ", "authorization:")):
        return "must be the key alone, without `Bearer`"
    if "=" in value[:40] and value.partition("=")[0].upper().endswith(("_KEY", "_TOKEN")):
        return "must be the key alone, without the name of a variable"
    if value.startswith(("$", "<", "{")):
        return "must be the key itself, not what stands for it"
    if " " in value:
        return "must not contain a space"
    if "***" in value or "..." in value:
        return "is a key that was shown in part; copy the whole key"
    if not (value.isascii() and value.isprintable()):
        return "must be printable ASCII characters; type it, or copy it from where it was issued"
    return ""


QUOTES = "\"'`“”‘’«»„‚「」『』＂＇"


def quoting_problem(value: str) -> str:
    """What copying and quoting leaves at a value: quotes, and characters that are not seen."""
    if value.strip() and (value.strip()[0] in QUOTES or value.strip()[-1] in QUOTES):
        return "must not be between quotes"
    invisible = [c for c in value if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")]
    invisible += [c for c in value if c != " " and unicodedata.category(c) == "Zs"]
    if invisible or value != value.strip():
        name = f"U+{ord(invisible[0]):04X}" if invisible else "a space at its end"
        return f"must not contain invisible characters ({name})"
    return ""


def address_problem(value: object) -> str:
    words = "must be an address that begins with http:// or https://"
    if not is_text(value):
        return words
    if problem := quoting_problem(value):
        return problem
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna" if host and not host.isascii() else "ascii")
    except ValueError:
        return words
    if parts.scheme not in ("http", "https") or not host or " " in value:
        return words
    if "@" in parts.netloc:
        return "must have no name and password; the key has a place of its own"
    return ""


def is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def is_between(value: object, low: float, high: float) -> bool:
    # True and False are integers to Python.
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def networks_problem(value: object) -> str:
    try:
        parse_networks(value if isinstance(value, list) else [])
    except ValueError:
        return "must be addresses or networks, such as 127.0.0.0/8,192.168.1.20"
    return ""


def problems_of(options: Mapping[str, object], rules: Mapping[str, Rule], what: str) -> list[str]:
    """What is wrong with a dialog's settings, a sentence for each; `what` such a setting is."""
    problems = []
    for name, value in options.items():
        if name not in rules:
            problems.append(f"`{name}` is not {what}; there are {', '.join(rules)}.")
        elif problem := rules[name](value):
            problems.append(f"`{name}` {problem}.")
    return problems


def problems_of_site(
    options: Mapping[str, object], rules: Mapping[str, Rule]
) -> Iterator[tuple[str, str]]:
    """What is wrong with an entry of `settings.ENGINES`: names of options and problems."""
    for name, check in rules.items():
        value = options.get(name)
        if value not in (None, "") and (problem := check(value)):
            yield name, problem
