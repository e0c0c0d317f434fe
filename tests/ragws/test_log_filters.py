"""Levels and filters of the log, in a process of its own: pytest has handlers of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.server import ROOT, environment

SCRIPT = """
import django, logging
django.setup()
for name in ("core.error_reporting", "ragws", "httpx", "httpcore.http11", "another.library"):
    logging.getLogger(name).info("info from %s", name)
    logging.getLogger(name).warning("warning from %s", name)
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


def test_records_are_one_line_each_and_libraries_log_warnings_only(tmp_path: Path) -> None:
    lines = log_of(tmp_path, LOG_LEVEL="").splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == [
        "INFO core.error_reporting: info from core.error_reporting",
        "WARNING core.error_reporting: warning from core.error_reporting",
        "INFO ragws: info from ragws",
        "WARNING ragws: warning from ragws",
        "WARNING httpx: warning from httpx",
        "WARNING httpcore.http11: warning from httpcore.http11",
        "WARNING another.library: warning from another.library",
        "WARNING django.request: Not Found: /nothing",
    ]


def test_the_level_applies_to_our_own_loggers_only(tmp_path: Path) -> None:
    log = log_of(tmp_path, LOG_LEVEL="error")
    assert "core.error_reporting" not in log
    assert "warning from httpx" in log
    assert "info from httpx" not in log_of(tmp_path, LOG_LEVEL="DEBUG", DEBUG="1")


def test_records_are_logged_once_in_debug_mode_too(tmp_path: Path) -> None:
    assert log_of(tmp_path, DEBUG="1").count("Not Found") == 1
