"""Takes the pages of a picture apart. Only what `requirements-ocr.txt` installs can load it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, ImageSequence

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing import recognition
from knowledge.parsing.progress import MAX_TIMED_APART, timed_apart
from knowledge.text.section import Section

FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP")
MAX_PIXELS = 100_000_000


def read_frames(data: bytes) -> list[Section]:
    # Its own limit warns only, and its error is far above.
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(BytesIO(data), formats=FORMATS) as picture:
        count = getattr(picture, "n_frames", 1)
        if count > MAX_TIMED_APART:
            raise Unreadable(_("The file has more than 500 pages of pictures. Split it."))
        return list(_sections(picture, count))


def _sections(picture: Image.Image, count: int) -> Iterator[Section]:
    frames = ImageSequence.Iterator(picture)
    for number in timed_apart(range(count)):
        frame = frames[number]
        if frame.width * frame.height > MAX_PIXELS:
            raise Unreadable(_("The picture has more than 100 million pixels. Make it smaller."))
        if text := recognition.recognise(_pixels(frame)):
            yield Section(f"page {number + 1}" if count > 1 else "", text)


def _pixels(frame: Image.Image) -> NDArray[np.uint8]:
    upright = _upright(frame)
    upright.thumbnail((recognition.MAX_SIDE, recognition.MAX_SIDE))
    return np.asarray(upright)[:, :, ::-1]


def _upright(frame: Image.Image) -> Image.Image:
    """As it is shown: turned as the camera says, and on white paper where it is transparent."""
    turned = ImageOps.exif_transpose(frame)
    if not turned.has_transparency_data:
        return turned.convert("RGB")
    layer = turned.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
