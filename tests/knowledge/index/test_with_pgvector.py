"""Runs what needs pgvector on a PostgreSQL that has it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.pgvector import pgvector_server

FOLDER = Path(__file__).parent
TESTS = [FOLDER / "test_pgvector.py", FOLDER / "test_pgvector_upkeep.py"]


def test_vectors_are_searched_by_pgvector(tmp_path: Path) -> None:
    with pgvector_server() as url:
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS],
            env={**os.environ, "DATABASE_URL": url, "RAGWS_DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
        )
    assert run.returncode == 0, run.stdout
    assert "has no pgvector" not in run.stdout
