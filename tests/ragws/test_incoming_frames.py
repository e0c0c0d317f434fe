"""Raw frames of one socket: pauses, and messages that never end."""

from __future__ import annotations

from typing import Any

import pytest

from ragws.servers.incoming_frames import (
    FRAMES_PER_MESSAGE,
    MAX_PER_TURN,
    MESSAGE_TIMEOUT_S,
    IncomingFrames,
)


async def test_other_sockets_have_their_turn_after_some_frames() -> None:
    frames = IncomingFrames()
    frames.count(MAX_PER_TURN - 1)
    assert frames.pause_s() is None
    frames.count(1)
    assert frames.pause_s() == 0
    assert frames.pause_s() is None


async def test_endless_frames_wait(settings: Any) -> None:
    settings.MAX_FRAMES_PER_S = 1
    frames = IncomingFrames()
    frames.count(1000 * FRAMES_PER_MESSAGE)
    assert frames.pause_s() == pytest.approx(995, abs=1)


async def test_a_message_that_does_not_end_is_overdue() -> None:
    frames = IncomingFrames()
    assert not frames.is_overdue(True, 0)
    assert not frames.is_overdue(True, MESSAGE_TIMEOUT_S)
    assert frames.is_overdue(True, MESSAGE_TIMEOUT_S + 1)


async def test_a_message_that_follows_another_has_its_own_time() -> None:
    frames = IncomingFrames()
    assert not frames.is_overdue(True, 0)
    frames.end_message()
    assert not frames.is_overdue(True, MESSAGE_TIMEOUT_S + 1)
    assert not frames.is_overdue(False, MESSAGE_TIMEOUT_S + 2)
    assert not frames.is_overdue(True, 2 * MESSAGE_TIMEOUT_S + 2)
