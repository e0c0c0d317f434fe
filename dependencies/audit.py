"""Looks the packages of lock files up among known vulnerabilities, and says when it could not.

`pip-audit` reports "no known vulnerabilities" for packages that its service does not know, and ends
with a traceback if the service cannot be reached: neither may pass for a good result.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

CLEAN, VULNERABLE, NOT_CHECKED = range(3)

OPTIONS = ("--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off")


class NotChecked(Exception):
    """The service did not answer, or knows nothing of our packages."""


def main(pip_audit: str, lock_files: Sequence[str]) -> int:
    result = CLEAN
    for lock_file in lock_files:
        try:
            packages = ask(pip_audit, lock_file)
        except NotChecked as error:
            say(f"{lock_file}: NOT CHECKED. {error}")
            result = NOT_CHECKED
        else:
            vulnerable = [line for package in packages for line in vulnerabilities(package)]
            say(f"{lock_file}: {len(packages)} packages, {len(vulnerable)} known vulnerabilities")
            for line in vulnerable:
                say(f"  {line}")
            result = max(result, VULNERABLE if vulnerable else CLEAN)
    return result


def ask(pip_audit: str, lock_file: str) -> list[Mapping[str, Any]]:
    command = [pip_audit, *OPTIONS, "--requirement", lock_file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    try:
        packages: list[Mapping[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        last_line = (done.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
        raise NotChecked(f"The vulnerability service cannot be reached: {last_line}") from None
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if skipped:
        raise NotChecked(
            f"The vulnerability service knows {len(packages) - len(skipped)} of {len(packages)} "
            f"packages; without an entry: {', '.join(skipped[:5])}{' …' if skipped[5:] else ''}. "
            "If it is a mirror of the package index, it has no vulnerabilities: ask from elsewhere."
        )
    return packages


def vulnerabilities(package: Mapping[str, Any]) -> list[str]:
    return [
        f"{package['name']} {package['version']}: {found['id']}, "
        f"mended in {', '.join(found['fix_versions']) or 'no version yet'}"
        for found in package["vulns"]
    ]


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
