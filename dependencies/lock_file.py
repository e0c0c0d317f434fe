"""Reads lock files: each package with its version, marker and hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HASH = re.compile(r"--hash=(\S+)")


@dataclass(frozen=True, slots=True)
class LockedPackage:
    requirement: Requirement
    hashes: Sequence[str]

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        """A lock file has nothing but `name==version`."""
        [specifier] = self.requirement.specifier
        return specifier.version

    @property
    def is_for_this_python(self) -> bool:
        marker = self.requirement.marker
        return marker is None or marker.evaluate()


def read_lock_file(path: Path) -> list[LockedPackage]:
    return [
        LockedPackage(Requirement(line.partition("--hash=")[0].strip()), HASH.findall(line))
        for line in _logical_lines(path)
    ]


def read_requirements(path: Path) -> list[Requirement]:
    """Those of the files that it includes with `-r`, too."""
    found: list[Requirement] = []
    for line in _logical_lines(path):
        if line.startswith("-r "):
            found += read_requirements(path.parent / line.removeprefix("-r ").strip())
        else:
            found.append(Requirement(line))
    return found


def _logical_lines(path: Path) -> Iterator[str]:
    for line in path.read_text().replace("\\\n", " ").splitlines():
        content = re.sub(r"(^|\s)#.*", "", line).strip()
        if content:
            yield content
