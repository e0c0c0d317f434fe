"""`make audit` finds vulnerabilities, and never takes silence for a good result."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from dependencies.audit import CLEAN, NOT_CHECKED, VULNERABLE, main

FINE = {"name": "channels", "version": "4.3.2", "vulns": []}
SKIPPED = {"name": "daphne", "skip_reason": "Dependency not found and could not be audited"}
BAD = {
    "name": "django",
    "version": "5.2.0",
    "vulns": [{"id": "CVE-2026-1", "fix_versions": ["5.2.1"], "aliases": [], "description": ""}],
}


class PipAudit:
    """A stand-in for the program: what it prints and how it ends is decided by the test."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "pip-audit"

    def prints(self, *packages: dict[str, Any], code: int = 0) -> str:
        return self._write(f"print({json.dumps({'dependencies': packages})!r})", code)

    def fails(self, complaint: str) -> str:
        return self._write(f"sys.stderr.write({complaint!r})", 1)

    def _write(self, line: str, code: int) -> str:
        self.path.write_text(f"#!{sys.executable}\nimport sys\n{line}\nsys.exit({code})\n")
        self.path.chmod(0o700)
        return str(self.path)


@pytest.fixture
def pip_audit(tmp_path: Path) -> PipAudit:
    return PipAudit(tmp_path)


def test_packages_without_vulnerabilities_are_clean(
    pip_audit: PipAudit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(pip_audit.prints(FINE), ["some.lock"]) == CLEAN
    assert capsys.readouterr().out == "some.lock: 1 packages, 0 known vulnerabilities\n"


def test_a_vulnerability_is_named_with_its_mended_version(
    pip_audit: PipAudit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(pip_audit.prints(FINE, BAD, code=1), ["some.lock"]) == VULNERABLE
    assert "django 5.2.0: CVE-2026-1, mended in 5.2.1" in capsys.readouterr().out


@pytest.mark.parametrize("known", [[], [FINE]])
def test_packages_that_the_service_does_not_know_are_not_clean(
    pip_audit: PipAudit, capsys: pytest.CaptureFixture[str], known: list[dict[str, Any]]
) -> None:
    assert main(pip_audit.prints(SKIPPED, *known), ["some.lock"]) == NOT_CHECKED
    told = capsys.readouterr().out
    assert "some.lock: NOT CHECKED" in told
    assert f"knows {len(known)} of {len(known) + 1} packages" in told
    assert "daphne" in told


@pytest.mark.parametrize("complaint", ["Traceback …\nConnectionError: no route to host", ""])
def test_a_service_that_cannot_be_reached_is_told_plainly(
    pip_audit: PipAudit, capsys: pytest.CaptureFixture[str], complaint: str
) -> None:
    assert main(pip_audit.fails(complaint), ["some.lock"]) == NOT_CHECKED
    told = capsys.readouterr().out
    assert "some.lock: NOT CHECKED. The vulnerability service cannot be reached" in told
    assert complaint.rpartition("\n")[2] in told
    assert "Traceback" not in told
