"""Stand-ins for the programs of the handbook that would change this machine.

`write_stand_ins` puts them into a folder for the front of the PATH. All other programs are real.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

# Users and packages: this machine has the packages, and the tests have one user.
NOTHING = ("apt-get", "useradd")

RUNUSER = """#!/bin/sh
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
"""

# Without owner and group, which are users that do not exist here.
INSTALL = """#!/bin/bash
kept=()
while [ $# -gt 0 ]; do
    case "$1" in -o|-g) shift ;; *) kept+=("$1") ;; esac
    shift
done
exec /usr/bin/install "${kept[@]}"
"""

# A virtual environment that sees what is installed here, and whose pip only checks that it is
# what the lock file names.
PYTHON = """#!/bin/sh
set -e
if [ "$1 $2" != "-m venv" ]; then exec {python} "$@"; fi
{python} -m venv --without-pip "$3"
for folder in "$3"/lib/python*/site-packages; do echo {packages} > "$folder/installed.pth"; done
printf '#!/bin/sh\\nexec {python} -m pip "$@" --dry-run --no-index --quiet\\n' > "$3/bin/pip"
chmod 755 "$3/bin/pip"
"""

NGINX = """#!/bin/sh
exec /usr/sbin/nginx -p {root}/ -c etc/nginx/nginx.conf "$@"
"""

SYSTEMCTL = """#!/bin/sh
exec {python} {script} {root} "$@"
"""


def write_stand_ins(root: Path) -> Path:
    folder = root / "stand-ins"
    folder.mkdir()
    values = {
        "root": root,
        "python": sys.executable,
        "packages": sysconfig.get_path("purelib"),
        "script": Path(__file__).with_name("systemctl.py"),
    }
    scripts = dict.fromkeys(NOTHING, "#!/bin/sh\n") | {
        "runuser": RUNUSER,
        "install": INSTALL,
        "python3": PYTHON.format(**values),
        "nginx": NGINX.format(**values),
        "systemctl": SYSTEMCTL.format(**values),
    }
    for name, script in scripts.items():
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    return folder
