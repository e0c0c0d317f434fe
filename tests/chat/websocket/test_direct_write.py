"""Frames as they go through the wire, held against a library that knows them well."""

import pytest
from websockets.frames import Frame, Opcode

from chat.websocket.direct_write import NoDirectWriter
from core.text_frame import text_frame


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536, 300_000])
def test_the_length_of_a_frame(length: int) -> None:
    text = "x" * length
    assert text_frame(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


def test_bytes_count_not_characters() -> None:
    text = "渡" * 50
    assert text_frame(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


def test_a_server_that_offers_no_way_out_is_never_free() -> None:
    assert not NoDirectWriter().is_free()
    with pytest.raises(RuntimeError, match="awaited"):
        NoDirectWriter().write(b"")
