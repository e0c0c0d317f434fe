"""What all floors stand on: a few files beside them, which import none of them.

import-linter sees packages only.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {"ragws", "console", "chat", "knowledge", "accounts"}
GROUND = sorted(path.name for path in ROOT.glob("*.py") if path.name != "manage.py")


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import():
                found |= {name.name.partition(".")[0] for name in node.names}
            case ast.ImportFrom():
                found.add((node.module or "").partition(".")[0])
    return found


@pytest.mark.parametrize("name", GROUND)
def test_nothing_imports_upwards(name: str) -> None:
    assert not imported(ROOT / name) & FLOORS


def test_there_are_some() -> None:
    assert {"doorbell.py", "ids.py", "outage.py"} <= set(GROUND)
