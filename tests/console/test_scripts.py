"""Runs the JavaScript tests of the playground's pure modules with Node's test runner."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.support.requirements import require

HERE = Path(__file__).resolve().parent
# The times that they measure are of the scripts: no garbage is collected meanwhile, by no thread
# beside them.
STEADY = ["--single-threaded", "--min-semi-space-size=64", "--max-semi-space-size=64"]


def test_the_scripts_pass_their_tests_in_node() -> None:
    node = shutil.which("node")
    require("Node", node)
    done = subprocess.run(
        [node or "", *STEADY, "--test", *map(str, sorted(HERE.rglob("*.test.mjs")))],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
