"""Rules for the fields of a body. They say what is wrong in the words that RAGFlow's programs know.

A rule takes the path of a field and its value; it returns the value to use, or refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chat.rest.ragflow.datasets.refusals import wrong_field

Rule = Callable[[str, Any], Any]

NO_INTEGER = "Input should be a valid integer"
UNKNOWN_FIELD = "Extra inputs are not permitted"
TRUE, FALSE = {"1", "on", "t", "true", "y", "yes"}, {"0", "off", "f", "false", "n", "no"}


def text(least: int = 0, most: int | None = None, strip: bool = True) -> Rule:
    def rule(path: str, value: Any) -> str:
        if not isinstance(value, str):
            raise wrong_field(path, "Input should be a valid string", value)
        found = value.strip() if strip else value
        if len(found) < least:
            raise wrong_field(path, f"String should have at least {least} character", value)
        if most is not None and len(found) > most:
            raise wrong_field(path, f"String should have at most {most} characters", value)
        return found

    return rule


def integer(least: int, most: int | None = None) -> Rule:
    def rule(path: str, value: Any) -> int:
        match value:
            case bool() | None:
                raise wrong_field(path, NO_INTEGER, value)
            case float():
                why = "got a number with a fractional part"
                raise wrong_field(path, f"{NO_INTEGER}, {why}", value)
            case int():
                _check_range(path, value, least, most)
                return value
            case str():
                why = "unable to parse string as an integer"
                raise wrong_field(path, f"{NO_INTEGER}, {why}", value)
        raise wrong_field(path, NO_INTEGER, value)

    return rule


def number(least: float, most: float) -> Rule:
    def rule(path: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            why = ", unable to parse string as a number" if isinstance(value, str) else ""
            raise wrong_field(path, f"Input should be a valid number{why}", value)
        _check_range(path, value, least, most)
        return value

    return rule


def _check_range(path: str, value: float, least: float, most: float | None) -> None:
    if value < least:
        sentence = f"Input should be greater than or equal to {least:g}"
        raise wrong_field(path, sentence, value)
    if most is not None and value > most:
        raise wrong_field(path, f"Input should be less than or equal to {most:g}", value)


def boolean(path: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong_field(path, "Input should be a valid boolean, unable to interpret input", value)
    return value


def boolean_text(path: str, value: str) -> bool:
    """Of a query."""
    if value.lower() in TRUE | FALSE:
        return value.lower() in TRUE
    return boolean(path, value)


def integer_text(least: int) -> Rule:
    """Of a query."""
    rule = integer(least)

    def of_text(path: str, value: str) -> Any:
        is_number = value.removeprefix("-").isascii() and value.removeprefix("-").isdigit()
        return rule(path, int(value[:20]) if is_number else value)

    return of_text


def choice(*names: str) -> Rule:
    quoted = [repr(name) for name in names]
    sentence = f"Input should be {', '.join(quoted[:-1])} or {quoted[-1]}"

    def rule(path: str, value: Any) -> Any:
        if not isinstance(value, str) or value not in names:
            raise wrong_field(path, sentence, value)
        return value

    return rule


def nullable(inner: Rule) -> Rule:
    return lambda path, value: None if value is None else inner(path, value)


def array(inner: Rule) -> Rule:
    def rule(path: str, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise wrong_field(path, "Input should be a valid list", value)
        return [inner(f"{path}.{index}", one) for index, one in enumerate(value)]

    return rule


def record(rules: Mapping[str, Rule]) -> Rule:
    def rule(path: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise wrong_field(path, "Input should be a valid dictionary", value)
        return checked(value, rules, f"{path}.")

    return rule


def checked(
    values: Mapping[str, Any], rules: Mapping[str, Rule], prefix: str = ""
) -> dict[str, Any]:
    """The values, each by its rule. There must be no others."""
    for name, value in values.items():
        if name not in rules:
            raise wrong_field(f"{prefix}{name}"[:100], UNKNOWN_FIELD, value)
    return {name: rules[name](f"{prefix}{name}", value) for name, value in values.items()}
