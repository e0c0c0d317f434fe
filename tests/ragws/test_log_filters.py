"""What is logged, and what is not, in a process of its own: pytest has handlers of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.server import ROOT, environment

SCRIPT = """
import django, logging
django.setup()
for name in ("core.error_reporting", "ragws", "httpx", "openai._base_client", "somebody.else"):
    logging.getLogger(name).info("quiet %s", name)
    logging.getLogger(name).warning("loud %s", name)
logging.getLogger("django.request").warning("Not Found: %s", "/nothing?token=secret")
"""


def log_of(data: Path, **settings: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env=environment(data, **settings),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    return done.stderr


def test_a_line_each_and_libraries_only_when_it_matters(tmp_path: Path) -> None:
    lines = log_of(tmp_path, LOG_LEVEL="").splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == [
        "INFO core.error_reporting: quiet core.error_reporting",
        "WARNING core.error_reporting: loud core.error_reporting",
        "INFO ragws: quiet ragws",
        "WARNING ragws: loud ragws",
        "WARNING httpx: loud httpx",
        "WARNING openai._base_client: loud openai._base_client",
        "WARNING somebody.else: loud somebody.else",
        "WARNING django.request: Not Found: /nothing",
    ]


def test_our_own_may_be_told_to_say_less_but_libraries_not_to_say_more(tmp_path: Path) -> None:
    log = log_of(tmp_path, LOG_LEVEL="error")
    assert "core.error_reporting" not in log
    assert "loud httpx" in log
    assert "quiet httpx" not in log_of(tmp_path, LOG_LEVEL="DEBUG", DEBUG="1")


def test_once_each_in_debug_as_well(tmp_path: Path) -> None:
    assert log_of(tmp_path, DEBUG="1").count("Not Found") == 1
