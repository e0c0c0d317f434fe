"""The command blocks of a handbook, and a machine in a folder on which they are run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import free_port
from tests.support.stand_ins import write_stand_ins
from tests.support.systemctl import Unit

# The folders of the handbook, which are in the machine's own folder here.
FOLDERS = re.compile(r"(?<![\w./])/(opt|var|etc)/")
TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class BlockKey:
    section: str
    language: str
    number: int = 1


def blocks(path: Path) -> dict[BlockKey, str]:
    """All that stands between fences, by its section, its language and its number there."""
    found: dict[BlockKey, str] = {}
    section, counts = "", Counter[tuple[str, str]]()
    pattern = r"^## (?P<section>[^\n]+)$|^```(?P<language>\w*)\n(?P<text>.*?)^```$"
    for match in re.finditer(pattern, path.read_text(), re.DOTALL | re.MULTILINE):
        if match["section"]:
            section = match["section"]
        else:
            counts[section, match["language"]] += 1
            number = counts[section, match["language"]]
            found[BlockKey(section, match["language"], number)] = match["text"]
    return found


class Machine:
    """A root folder, a port for the server, and stand-ins at the front of its PATH."""

    def __init__(self, root: Path, adaptations: dict[str, str]) -> None:
        self.root = root
        self.port = free_port()
        # Text of the handbook and what it is here.
        self.adaptations = {":8000": f":{self.port}", "--port 8000": f"--port {self.port}"}
        self.adaptations = adaptations | self.adaptations
        root.mkdir()
        for folder in ("etc/systemd/system/ragws.service.d", "etc/nginx/conf.d", "opt"):
            (root / folder).mkdir(parents=True)
        for folder in ("var/lib", "var/log/nginx"):
            (root / folder).mkdir(parents=True)
        (root / ".gitconfig").write_text("[safe]\n\tdirectory = *\n")
        self.stand_ins = write_stand_ins(root)

    def adapt(self, text: str) -> str:
        for shown, here in self.adaptations.items():
            text = text.replace(shown, here)
        return FOLDERS.sub(rf"{self.root}/\1/", text)

    def run(self, script: str, **environment: str) -> str:
        """As a careful administrator would paste it: it ends at the first error."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.adapt(script)],
            cwd=self.root,
            env={
                "PATH": f"{self.stand_ins}:{os.defpath}:/usr/sbin:/sbin",
                "HOME": str(self.root),
                **environment,
            },
            capture_output=True,
            text=True,
            umask=0o022,
            timeout=TIMEOUT_S,
        )
        log = self.log()
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}\n{log}"
        return done.stdout + done.stderr

    def write(self, path: str, text: str) -> None:
        (self.root / path).write_text(self.adapt(text))

    def log(self) -> str:
        file = self.root / "ragws.log"
        return file.read_text() if file.exists() else ""

    def open_files(self, folder: str) -> Iterator[Path]:
        """Those that other users could read."""
        top = self.root / folder
        for path in (top, *top.rglob("*")):
            if path.stat().st_mode & 0o077:
                yield path

    def turn_off(self) -> None:
        for name in ("ragws", "ragws-worker"):
            if (self.root / f"{name}.pid").exists():
                Unit(self.root, name).stop(signal.SIGKILL)
        nginx = self.root / "nginx.pid"
        if pid := nginx.read_text() if nginx.exists() else "":
            os.kill(int(pid), signal.SIGTERM)
