"""The growth check of the soak test finds each kind of leak."""

from __future__ import annotations

import pytest

from tests.support.process_memory import RENEWAL, check_growth

BEFORE = {
    "tasks": ["Server.serve"],
    "live answers": 0,
    "groups joined": 0,
    "files": 30,
    "threads": 3,
    "objects": 140_000,
    "bytes": 120_000_000,
}
ROUNDS = 10_000


def test_growth_within_the_limits_is_accepted() -> None:
    check_growth(BEFORE, BEFORE, ROUNDS)
    check_growth(BEFORE, BEFORE | {"bytes": 121_000_000, "files": 32, "objects": 140_200}, ROUNDS)
    check_growth(BEFORE, BEFORE | {"tasks": ["Server.serve", RENEWAL]}, ROUNDS)


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("tasks", ["Server.serve", "_watch"]),
        ("tasks", ["Server.serve", RENEWAL, RENEWAL]),
        ("live answers", 1),
        ("groups joined", 1),
        ("files", 30 + ROUNDS // 100),
        ("threads", 30),
        ("objects", 140_000 + ROUNDS // 5),
        ("bytes", 120_000_000 + 700 * ROUNDS),
    ],
)
def test_each_kind_of_leak_is_found(name: str, after: object) -> None:
    with pytest.raises(AssertionError, match=name):
        check_growth(BEFORE, BEFORE | {name: after}, ROUNDS)
