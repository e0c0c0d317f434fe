"""The table in `docs/security-standards.md` names existing tests, and all tests of the lists."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

TESTS = Path(settings.BASE_DIR) / "tests"
PAGE = Path(settings.BASE_DIR) / "docs" / "security-standards.md"
STATUSES = {"tested", "operator", "not applicable", "not met"}
# Files whose tests all have to be in the table.
LISTED = ("test_owasp_websocket.py", "test_asvs.py", "test_owasp_llm.py")
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
# All requirements of V4.4, V7 and V9 in ASVS 5.0.0: how many each section has.
SECTIONS = {
    "4.4": 4,
    "7.1": 3,
    "7.2": 4,
    "7.3": 2,
    "7.4": 5,
    "7.5": 3,
    "7.6": 2,
    "9.1": 3,
    "9.2": 4,
}


@dataclass(frozen=True)
class Row:
    line: str
    status: str
    reason: str

    @property
    def tests(self) -> list[tuple[str, str]]:
        return NAMED.findall(self.reason)


def rows(heading: str = "") -> list[Row]:
    text = PAGE.read_text()
    if heading:
        text = text.split(f"\n## {heading}")[1].split("\n## ")[0]
    cells = (
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in text.splitlines()
        if line.count(" | ") == 3
    )
    return [
        Row(line, status, reason) for line, _, status, reason in cells if line.strip("| ") != "line"
    ]


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((TESTS / path).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    names = {node.name for node in ast.walk(tree) if isinstance(node, functions)}
    return frozenset(name for name in names if name.startswith("test_"))


def test_the_table_is_found() -> None:
    """A table that cannot be parsed must not pass as a correct one."""
    assert len(rows()) > 60


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.line)
def test_a_line_has_a_status_and_existing_tests(row: Row) -> None:
    assert row.status in STATUSES
    assert row.tests if row.status == "tested" else NAMED.sub("", row.reason).strip()
    for path, name in row.tests:
        assert name in functions_of(path), f"{path}::{name}"
    assert row.reason.count("::") == len(row.tests)


@pytest.mark.parametrize("name", LISTED)
def test_every_test_is_in_the_table(name: str) -> None:
    path = f"security/{name}"
    named = {test for row in rows() for where, test in row.tests if where == path}
    assert named == functions_of(path)


def test_every_requirement_of_asvs_is_in_the_table() -> None:
    wanted = [f"{part}.{n}" for part, count in SECTIONS.items() for n in range(1, count + 1)]
    assert [row.line for row in rows("ASVS")] == wanted


def test_all_ten_of_the_llm_top_10_are_in_the_table() -> None:
    wanted = [f"LLM{number:02}" for number in range(1, 11)]
    assert [row.line.split()[0] for row in rows("OWASP Top 10 for LLM")] == wanted


def test_a_test_is_named_after_its_line() -> None:
    for row in [*rows("ASVS"), *rows("OWASP Top 10 for LLM")]:
        for path, name in row.tests:
            if path in ("security/test_asvs.py", "security/test_owasp_llm.py"):
                number = row.line.split()[0].replace(".", "_").lower()
                assert name.startswith((f"test_v{number}_", f"test_{number}_")), (row.line, name)
