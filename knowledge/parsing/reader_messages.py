"""The messages between the server and a reader process: a length, then so many bytes."""

from __future__ import annotations

from typing import IO

LENGTH_BYTES = 8


class BadMessage(Exception):
    """What came over the channel is no message, or it ended in the middle of one."""


def write_message(channel: IO[bytes], *parts: bytes) -> None:
    for part in parts:
        channel.write(len(part).to_bytes(LENGTH_BYTES, "big"))
        channel.write(part)
    channel.flush()


def read_message(channel: IO[bytes], max_bytes: int) -> bytes:
    length = int.from_bytes(_read_exactly(channel, LENGTH_BYTES), "big")
    if length > max_bytes:
        raise BadMessage(f"A message of {length} bytes was announced")
    return _read_exactly(channel, length)


def _read_exactly(channel: IO[bytes], count: int) -> bytes:
    data = channel.read(count)
    if len(data) < count:
        raise BadMessage("The channel was closed")
    return data
