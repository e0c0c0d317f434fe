"""A stand-in for systemctl: runs the ExecStart of a unit as the unit says, under a root folder."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

POLL_S = 0.05


class Unit:
    def __init__(self, root: Path, name: str) -> None:
        folder = root / "etc/systemd/system"
        files = [folder / f"{name}.service", *sorted((folder / f"{name}.service.d").glob("*.conf"))]
        self.settings: defaultdict[str, list[str]] = defaultdict(list)
        for line in "\n".join(file.read_text() for file in files).splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                # An empty value drops those before.
                self.settings[key] = [*self.settings[key], value] if value else []
        self.pid_file = root / f"{name}.pid"
        self.log_file = root / f"{name}.log"

    def value(self, key: str) -> str:
        return self.settings[key][-1]

    def start(self) -> None:
        with self.log_file.open("ab") as log:
            process = subprocess.Popen(
                shlex.split(self.value("ExecStart")),
                cwd=self.value("WorkingDirectory"),
                umask=int(self.value("UMask"), 8),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.pid_file.write_text(str(process.pid))

    def stop(self, number: int = signal.SIGTERM) -> None:
        if not self.pid_file.exists():
            return
        pid = int(self.pid_file.read_text())
        os.kill(pid, number)
        deadline = time.monotonic() + int(self.value("TimeoutStopSec"))
        while is_running(pid):
            if time.monotonic() > deadline:
                sys.exit(f"{pid} does not end")
            time.sleep(POLL_S)
        self.pid_file.unlink()


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def reload_nginx(root: Path) -> None:
    nginx = [str(root / "stand-ins/nginx")]
    # `nginx -t` leaves an empty file.
    is_running = bool((root / "nginx.pid").read_text())
    subprocess.run([*nginx, "-s", "reload"] if is_running else nginx, check=True)


def main(root: Path, command: str, *names: str) -> None:
    match command, names:
        case "daemon-reload", ():
            return
        case "reload", ("nginx",):
            reload_nginx(root)
        case ("enable", ("--now", name)) | ("start", (name,)):
            Unit(root, name).start()
        case "stop", (name,):
            Unit(root, name).stop()
        case "restart", (name,):
            Unit(root, name).stop()
            Unit(root, name).start()
        case _:
            sys.exit(f"systemctl {command} {names} is not known here")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
