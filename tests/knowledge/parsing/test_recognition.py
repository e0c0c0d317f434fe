"""Recognising text in pictures and scans, and what is said where that is not installed."""

from __future__ import annotations

import socket
from contextlib import nullcontext
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image

from knowledge.errors import Unreadable
from knowledge.parsing import progress, recognition
from knowledge.parsing.parse_request import ParseRequest
from knowledge.parsing.read_file import read_file
from knowledge.parsing.reader import Reader
from knowledge.text.section import Section
from tests.support.pdf_files import make_pdf, make_unmapped_pdf
from tests.support.pictures import SIMPLIFIED, TRADITIONAL, draw, make_tiff, save
from tests.support.requirements import require

ENGLISH = "Green tea needs water of\nseventy degrees, no more."
MAX_PEAK_BYTES = 300_000_000
needs_engine = pytest.mark.usefixtures("engine")


@pytest.fixture
def engine() -> None:
    require("The text recognition", recognition.is_installed(), "requirements-ocr.lock")


@needs_engine
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP"])
def test_words_keep_their_spaces_in_pictures_of_all_kinds(kind: str) -> None:
    data = save([draw(ENGLISH)], kind)
    assert read_file("a.bin", data) == [Section("", " ".join(ENGLISH.splitlines()))]


@needs_engine
@pytest.mark.parametrize(
    ("text", "face"),
    [("绿茶（七十度）的水，味道更浓。", SIMPLIFIED), ("綠茶用七十度的水來泡才好喝。", TRADITIONAL)],
)
def test_chinese_is_recognised(text: str, face: int) -> None:
    [section] = read_file("a.png", save([draw(text, face=face)], "PNG"))
    assert section.text == text


@needs_engine
def test_an_engine_that_holds_much_memory_is_loaded_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = import_module("knowledge.parsing.recognition_engine")
    data = save([draw("Green tea")], "PNG")
    read_file("a.png", data)
    monkeypatch.setattr(recognition, "MAX_RESTING_BYTES", 0)
    assert read_file("a.png", data)[0].text == "Green tea"
    assert engine._engine.cache_info().currsize == 0


@needs_engine
def test_pages_whose_characters_are_guessed_wrong_are_looked_at() -> None:
    [page] = read_file("a.pdf", make_unmapped_pdf("6XPPD 9ROXPHV '(6&5,37,21", "Green tea"))
    assert page.text == "Green tea\n6XPPD 9ROXPHV '(6&5,37,21 Green tea"


@needs_engine
def test_scanned_pages_are_places_also_beside_others() -> None:
    first, second = read_file("a.pdf", save([draw("First page"), draw("Second page")], "PDF"))
    assert (first, second) == (Section("page 1", "First page"), Section("page 2", "Second page"))
    assert [page.place for page in read_file("a.tif", make_tiff(2))] == ["page 1", "page 2"]


@needs_engine
def test_cells_side_by_side_are_one_line() -> None:
    [section] = read_file(
        "a.png", save([draw("Name              Price\nTea                 3.50")], "PNG")
    )
    assert section.text.splitlines() == ["Name Price", "Tea 3.50"]


@needs_engine
def test_what_has_no_text_is_refused() -> None:
    with pytest.raises(Unreadable, match="no text that can be recognised"):
        read_file("a.png", save([draw("")], "PNG"))
    with pytest.raises(Unreadable, match="none can be recognised"):
        read_file("a.pdf", save([draw("")], "PDF"))


@needs_engine
def test_nothing_is_loaded_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any) -> None:
        pytest.fail("The engine asked the network")

    import_module("knowledge.parsing.recognition_engine")._engine.cache_clear()
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert read_file("a.png", save([draw("Tea")], "PNG"))[0].text == "Tea"


@needs_engine
def test_a_picture_of_too_many_pixels_or_pages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = import_module("knowledge.parsing.picture_frames")
    monkeypatch.setattr(frames, "MAX_PIXELS", 1000)
    with pytest.raises(Unreadable, match="100 million pixels"):
        read_file("a.png", save([draw("Tea")], "PNG"))
    monkeypatch.setattr(frames, "MAX_TIMED_APART", 1)
    with pytest.raises(Unreadable, match="more than 500 pages"):
        read_file("a.tif", make_tiff(2))


@needs_engine
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("mode", ["L", "1", "RGB"])
def test_large_pictures_are_made_small_and_turned(
    kind: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[NDArray[np.uint8]] = []

    def recognise(page: NDArray[np.uint8]) -> str:
        seen.append(page)
        return "Tea"

    monkeypatch.setattr(recognition, "recognise", recognise)
    picture = Image.new(mode, (4 * recognition.MAX_SIDE, recognition.MAX_SIDE), "white")
    # Lines of one pixel: smaller, they are grey.
    for row in range(0, picture.height, 2):
        picture.paste(0, (0, row, picture.width, row + 1))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    file = BytesIO()
    picture.save(file, kind, exif=exif)
    read_file("a", file.getvalue())
    [page] = seen
    assert page.shape == (recognition.MAX_SIDE, recognition.MAX_SIDE // 4, 3)
    assert 64 < page.mean() < 192
    assert page.std() < 64


@needs_engine
def test_large_pictures_that_are_transparent_lie_on_white_paper(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames = import_module("knowledge.parsing.picture_frames")
    monkeypatch.setattr(frames, "MANY_PIXELS", 1000)
    layer = draw("Tea").convert("L")
    # All of it is black, but only the letters are there.
    picture = Image.new("RGBA", layer.size, (0, 0, 0, 0))
    picture.putalpha(layer.point(lambda grey: 255 - grey))
    assert read_file("a.png", save([picture], "PNG"))[0].text == "Tea"


@needs_engine
@pytest.mark.parametrize(("kind", "is_refused"), [("PNG", False), ("WEBP", True)])
def test_what_cannot_be_unpacked_in_grey_may_be_less_large(
    kind: str, is_refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = import_module("knowledge.parsing.picture_frames")
    monkeypatch.setattr(frames, "MANY_PIXELS", 1000)
    picture = draw("Tea")
    monkeypatch.setattr(frames, "MAX_COLOURED_PIXELS", 1000)
    with pytest.raises(Unreadable, match="25 million pixels") if is_refused else nullcontext():
        assert read_file("a", save([picture], kind))[0].text == "Tea"


@needs_engine
def test_large_pages_of_one_picture_are_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("knowledge.parsing.picture_frames"), "MANY_PIXELS", 1000)
    pages = read_file("a.tif", save([draw("Tea"), draw("Coffee")], "TIFF"))
    assert [(page.place, page.text) for page in pages] == [("page 1", "Tea"), ("page 2", "Coffee")]


@needs_engine
@pytest.mark.parametrize(
    ("kind", "mode", "packed"),
    [
        ("JPEG", "RGB", {}),
        ("PNG", "RGB", {"compress_level": 1}),
        ("TIFF", "RGB", {"compression": "jpeg"}),
    ],
)
def test_a_large_photograph_takes_little_memory(
    kind: str, mode: str, packed: dict[str, Any]
) -> None:
    """One of 48 million pixels, without a row that is empty."""
    noise = np.random.default_rng(1).integers(0, 255, (750, 1000, 3), np.uint8)
    photograph = Image.fromarray(noise).resize((8000, 6000), Image.Resampling.NEAREST)
    file = BytesIO()
    photograph.convert(mode).save(file, kind, **packed)
    small = save([draw("Tea")], "PNG")
    reader = Reader()
    try:
        # The second time, the engine is there.
        for data in (small, file.getvalue()):
            [outcome] = reader.parse([ParseRequest("a", data, 1200)])
        assert "no text" in str(outcome)
        [peak] = (
            line.split()[1]
            for line in Path(f"/proc/{reader.pid}/status").read_text().splitlines()
            if line.startswith("VmHWM")
        )
    finally:
        reader.close()
    assert int(peak) * 1024 < MAX_PEAK_BYTES


@pytest.mark.parametrize("kind", ["PNG", "PDF"])
def test_without_the_engine_the_sentence_says_what_installs_it(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "is_installed", lambda: False)
    with pytest.raises(Unreadable, match=r"pip install --require-hashes -r requirements-ocr\.lock"):
        read_file("a.bin", save([draw("Tea")], kind))


def test_pages_with_text_need_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "recognise", lambda _picture: pytest.fail("not needed"))
    assert read_file("a.pdf", make_pdf("Tea"))[0].text == "Tea"


def test_each_page_may_take_as_long_as_a_file() -> None:
    calls: list[str] = []
    try:
        progress.send_reports(lambda _share: None, lambda: calls.append("anew"))
        for page in progress.timed_apart(["one", "two"]):
            calls.extend([page])
    finally:
        progress.send_reports(lambda _share: None)
    assert calls == ["anew", "one", "anew", "two"]
