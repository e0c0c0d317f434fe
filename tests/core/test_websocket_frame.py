"""Text frames have the bytes that the websockets library makes of the same text."""

import pytest
from websockets.frames import Frame, Opcode

from core.websocket_frame import text_frame


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536, 300_000])
def test_each_size_of_the_length_field(length: int) -> None:
    text = "x" * length
    assert text_frame(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


def test_the_length_counts_bytes_not_characters() -> None:
    text = "渡" * 50
    assert text_frame(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
