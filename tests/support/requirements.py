"""What a test needs besides Python. Missing on a laptop: skip; missing where CI runs: fail."""

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
