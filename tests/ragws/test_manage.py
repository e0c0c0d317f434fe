"""`manage.py`: what goes wrong outside of it is a sentence."""

import subprocess
import sys
from pathlib import Path

from tests.support.ports import free_port
from tests.support.server import ROOT, environment


def test_a_database_that_cannot_be_reached_is_a_sentence(tmp_path: Path) -> None:
    address = f"postgres://ragws:password@127.0.0.1:{free_port()}/ragws"
    done = subprocess.run(
        [sys.executable, "manage.py", "listtokens"],
        cwd=ROOT,
        env=environment(tmp_path, DATABASE_URL=address),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "The database cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
