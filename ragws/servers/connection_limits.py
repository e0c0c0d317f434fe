"""What both servers allow a connection: the size of messages, and how long they wait for it."""

from __future__ import annotations

from django.conf import settings

MIB = 1024 * 1024
PING_INTERVAL_S = 20
# How long a peer has to answer a close frame, and a task to notice that its socket is gone.
CLOSE_TIMEOUT_S = 10
GRACE_S = 5
# How long the rest of a frame that was refused for its size is accepted, unread.
LINGER_S = 1
# Parsed at once: nearly two hundred frames, if they are empty.
PARSE_BYTES = 1024
# How much may arrive before the answer to a close frame: what was already on its way.
MAX_BYTES_AFTER_CLOSE = 64 * 1024


def max_message_bytes() -> int:
    """The largest message the server reads. Our own limit is lower, and gets an error frame."""
    return max(MIB, 4 * settings.MAX_FRAME_BYTES, 2 * settings.MAX_OUTBOUND_FRAME_BYTES)


def ping_timeout_s() -> float:
    """Longer than the deadline of a stalled reader, whose pong waits behind unread frames."""
    return settings.STALLED_READER_S + PING_INTERVAL_S
