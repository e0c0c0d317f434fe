"""Every regular expression of the project takes linear time on its worst input."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.patterns.worst_inputs import WORST
from tests.support.cpu_time import grows_linearly

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "chat", "console", "core", "knowledge", "ragws")
SIZE = 4000
REPETITION = re.compile(r"[*+]|\{\d*,\}")


def modules() -> Iterator[tuple[str, Path]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                yield name.removesuffix(".__init__"), path


def patterns_in(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, Mapping):
        yield from patterns_in([*value.keys(), *value.values()])
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from patterns_in(part)
    elif is_dataclass(value) and not isinstance(value, type):
        yield from patterns_in([getattr(value, field.name, None) for field in fields(value)])


def all_patterns() -> dict[str, list[re.Pattern[Any]]]:
    """By the name where they are defined; those that a module imports are named once."""
    found: dict[str, list[re.Pattern[Any]]] = {}
    for module, path in modules():
        defined = {
            target.id
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        for name, value in vars(import_module(module)).items():
            if name in defined and (patterns := list(patterns_in(value))):
                found[f"{module}.{name}"] = patterns
    return found


PATTERNS = all_patterns()


def test_the_worst_input_of_each_pattern_is_known() -> None:
    assert sorted(PATTERNS) == sorted(WORST)


def test_patterns_that_repeat_are_compiled_where_this_test_finds_them() -> None:
    """At the top of a module; what a function compiles repeats nothing without a limit."""
    for module, path in modules():
        tree = ast.parse(path.read_text())
        at_the_top = {id(node) for top in tree.body for node in _outside_functions(top)}
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name("re")), args=[pattern, *_]):
                    repeats = REPETITION.search(ast.unparse(pattern))
                    assert id(node) in at_the_top or not repeats, f"{module}, line {node.lineno}"


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from _outside_functions(child)


@pytest.mark.parametrize("name", sorted(WORST.keys() & PATTERNS.keys()))
def test_twice_the_worst_input_takes_twice_the_time(name: str) -> None:
    method, inputs = WORST[name]
    for pattern in PATTERNS[name]:
        for number, worst in enumerate(inputs):
            small, large = (_like(pattern, worst(n)) for n in (SIZE, 2 * SIZE))
            work = getattr(pattern, method)
            if method == "sub":
                work = lambda text, pattern=pattern: pattern.sub(text[:0], text)  # noqa: E731
            assert grows_linearly(work, small, large), f"input {number} of {pattern.pattern!r}"


def _like(pattern: re.Pattern[Any], text: str) -> Any:
    return text.encode() if isinstance(pattern.pattern, bytes) else text
