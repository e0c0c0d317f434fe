"""The pure parts of the playground's scripts, run by Node's own test runner."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.support.services import needs

HERE = Path(__file__).resolve().parent


def test_scripts() -> None:
    node = shutil.which("node")
    needs("Node", node)
    done = subprocess.run(
        [node or "", "--test", *map(str, sorted(HERE.glob("*.test.mjs")))],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
