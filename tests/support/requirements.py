"""Requires what is not always there: a test that lacks it is skipped on a laptop, fails in CI."""

from __future__ import annotations

import os

import pytest


def require(name: str, found: object, by: str = "tests/services.sh") -> None:
    """`by`: what installs it."""
    if found:
        return
    complaint = f"{name} is missing; {by} installs it"
    if os.environ.get("CI"):
        pytest.fail(complaint)
    pytest.skip(complaint)
