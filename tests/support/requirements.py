"""Requires programs besides Python: a test that lacks one is skipped on a laptop, fails in CI."""

from __future__ import annotations

import os

import pytest


def require(name: str, found: object) -> None:
    if found:
        return
    complaint = f"{name} is missing; tests/services.sh installs it"
    if os.environ.get("CI"):
        pytest.fail(complaint)
    pytest.skip(complaint)
