"""Draws pictures of text, as a scanner makes them."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from tests.support.requirements import require

CHINESE_FONT = "NotoSansCJK-Regular.ttc"
SIMPLIFIED, TRADITIONAL = 2, 3


def draw(text: str, size: tuple[int, int] = (900, 260), face: int | None = None) -> Image.Image:
    """The text in a Latin font that Pillow has, or in a face of a Chinese one."""
    picture = Image.new("L", size, "white")
    font = ImageFont.load_default(32) if face is None else _chinese_font(face)
    ImageDraw.Draw(picture).text((40, 40), text, font=font, spacing=16)
    return picture


def save(pictures: Sequence[Image.Image], kind: str) -> bytes:
    file = BytesIO()
    first, *others = pictures
    more = {"save_all": True, "append_images": others} if others else {}
    first.save(file, kind, **more)
    return file.getvalue()


def make_tiff(pages: int) -> bytes:
    return save([draw("Tea", (200, 100))] * pages, "TIFF")


def _chinese_font(face: int) -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(CHINESE_FONT, 32, index=face)
    except OSError:
        require("A Chinese font", None)
        raise
