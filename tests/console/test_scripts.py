"""Runs the JavaScript tests of the playground's pure modules with Node's test runner."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.support.requirements import require

HERE = Path(__file__).resolve().parent


def test_the_scripts_pass_their_tests_in_node() -> None:
    node = shutil.which("node")
    require("Node", node)
    done = subprocess.run(
        [node or "", "--test", *map(str, sorted(HERE.rglob("*.test.mjs")))],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
