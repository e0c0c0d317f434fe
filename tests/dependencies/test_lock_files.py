"""What is installed is named by lock files: what the requirements allow, by hash, from anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import distribution, version
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dependencies.lock_file import LockedPackage, read_lock_file, read_requirements

ROOT = Path(settings.BASE_DIR)
NAMES = (
    *("requirements", "requirements-ocr", "requirements-dev", "requirements-bench"),
    "requirements-tools",
)
INSTALLED_BY_TESTS = ("requirements", "requirements-ocr", "requirements-dev")


def locked(name: str) -> list[LockedPackage]:
    return read_lock_file(ROOT / f"{name}.lock")


def versions(name: str) -> dict[str, str]:
    """Of what is installed on this Python and this system."""
    return {package.name: package.version for package in locked(name) if package.is_for_this_python}


@pytest.mark.parametrize("name", NAMES)
def test_every_requirement_is_locked_to_a_version_it_allows(name: str) -> None:
    found = versions(name)
    for requirement in read_requirements(ROOT / f"{name}.txt"):
        assert requirement.specifier.contains(found[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_file_has_hashes_and_no_addresses(name: str) -> None:
    assert "://" not in (ROOT / f"{name}.lock").read_text()
    for package in locked(name):
        assert package.hashes, package.name
        assert package.requirement.url is None
        for found in package.hashes:
            assert re.fullmatch("sha256:[0-9a-f]{64}", found)


@pytest.mark.parametrize("name", INSTALLED_BY_TESTS)
def test_what_is_locked_is_what_the_requirements_need_and_no_more(name: str) -> None:
    needed = set(everything_needed(read_requirements(ROOT / f"{name}.txt")))
    assert needed == set(versions(name))


def everything_needed(requirements: list[Requirement]) -> Iterator[str]:
    """Walks what the installed packages say they require."""
    waiting, seen = list(requirements), set[tuple[str, str]]()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras}:
            if (name, extra) in seen or not is_wanted(requirement, ""):
                continue
            seen.add((name, extra))
            yield name
            requires = [Requirement(text) for text in distribution(name).requires or ()]
            waiting += [unconditional(found) for found in requires if is_wanted(found, extra)]


def is_wanted(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def unconditional(requirement: Requirement) -> Requirement:
    requirement.marker = None
    return requirement


def test_the_tests_run_with_what_is_locked() -> None:
    for name, wanted in versions("requirements-dev").items():
        assert version(name) == wanted, name


def test_a_larger_set_has_the_versions_of_the_smaller_one() -> None:
    for smaller, larger in pairwise(NAMES[:4]):
        assert versions(smaller).items() <= versions(larger).items()


def test_nothing_is_installed_by_other_means() -> None:
    texts = [ROOT / "Makefile", *ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    installs = [
        line
        for path in texts
        for line in re.findall(r"^.*/pip install\b.*$", path.read_text(), re.MULTILINE)
    ]
    assert len(installs) > 3
    for line in installs:
        assert "--require-hashes" in line
        assert "requirements.txt" not in line
