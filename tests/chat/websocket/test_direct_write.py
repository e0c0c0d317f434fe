"""Without direct writing by the server, every frame is awaited."""

import pytest

from chat.websocket.direct_write import NoDirectWriter


def test_a_server_without_direct_writing_is_never_free() -> None:
    assert not NoDirectWriter().is_free()
    with pytest.raises(RuntimeError, match="awaited"):
        NoDirectWriter().write(b"")
