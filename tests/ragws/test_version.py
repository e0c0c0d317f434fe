"""One version, in one place: commands, the OpenAPI document, the packaging and the change log."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from core.version import VERSION
from ragws.openapi.document import DOCUMENT
from tests.support.server import ROOT, environment


def manage(data: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(data),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("argument", ["version", "--version"])
def test_manage_says_our_version_and_not_django_s(tmp_path: Path, argument: str) -> None:
    assert manage(tmp_path, argument) == f"{VERSION}\n"


def test_as_json_it_says_those_of_django_and_python_too(tmp_path: Path) -> None:
    data = json.loads(manage(tmp_path, "version", "--json"))
    assert data["version"] == VERSION
    assert data.keys() == {"version", "django", "python"}


def test_the_schema_of_the_rest_api_has_it() -> None:
    assert DOCUMENT["info"]["version"] == VERSION


def test_the_packaging_reads_it_from_the_same_place() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert pyproject["project"]["dynamic"] == ["version"]
    source = pyproject["tool"]["setuptools"]["dynamic"]["version"]["attr"]
    module, _, name = source.rpartition(".")
    assert getattr(import_module(module), name) == VERSION


def test_the_change_log_has_a_section_for_it() -> None:
    assert f"\n## {VERSION}" in (ROOT / "CHANGELOG.md").read_text()
