"""Fair slots: a limit for all, turns by owner, and never all of them for one."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Event, Thread

import pytest

from core.fair_slots import FairSlots


class Caller:
    """Waits for a slot in a thread of its own, and keeps it until it is told to leave."""

    def __init__(self, slots: FairSlots, owner: str, served: list[str]) -> None:
        self.inside, self.leave = Event(), Event()
        self.thread = Thread(target=self.run, args=(slots, owner, served))
        self.thread.start()

    def run(self, slots: FairSlots, owner: str, served: list[str]) -> None:
        with slots.slot(owner):
            served.append(owner)
            self.inside.set()
            self.leave.wait()

    def end(self) -> None:
        self.leave.set()
        self.thread.join()


def is_waiting(slots: FairSlots, count: int) -> bool:
    with slots._lock:
        return sum(map(len, slots._waiting.values())) == count


def call(slots: FairSlots, owners: str, served: list[str]) -> list[Caller]:
    """Callers in this order: each waits before the next one comes."""
    callers = []
    for number, owner in enumerate(owners, 1):
        callers.append(Caller(slots, owner, served))
        while not is_waiting(slots, number):
            pass
    return callers


def test_waiting_callers_are_served_in_turns_by_owner() -> None:
    slots, served = FairSlots(lambda: 1), list[str]()
    with slots.slot("first"):
        callers = call(slots, "aaabb", served)
        for caller in callers:
            caller.leave.set()
    for caller in callers:
        caller.end()
    assert "".join(served) == "ababa"


def test_no_owner_takes_all_slots() -> None:
    slots, served = FairSlots(lambda: 3), list[str]()
    with ExitStack() as taken:
        taken.enter_context(slots.slot("a"))
        taken.enter_context(slots.slot("a"))
        [third] = call(slots, "a", served)
        with slots.slot("b"):
            assert not third.inside.is_set()
    third.end()
    assert served == ["a"]


def test_an_error_gives_the_slot_back() -> None:
    slots = FairSlots(lambda: 1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), slots.slot("a"):
            raise ZeroDivisionError
    with slots.slot("b"):
        assert not slots._waiting


def test_an_interrupted_caller_leaves_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    slots = FairSlots(lambda: 1)
    with slots.slot("a"):
        monkeypatch.setattr(Event, "wait", interrupted)
        with pytest.raises(KeyboardInterrupt), slots.slot("b"):
            pass
        monkeypatch.undo()
        assert is_waiting(slots, 0)
    monkeypatch.setattr(Event, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        slots._take("c")
    monkeypatch.undo()
    assert not slots._taken


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt
