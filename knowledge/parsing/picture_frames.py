"""Takes the pages of a picture apart. Only what `requirements-ocr.txt` installs can load it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing import recognition
from knowledge.parsing.progress import MAX_TIMED_APART, timed_apart
from knowledge.text.section import Section

FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP")
MAX_PIXELS = 100_000_000
# A picture is unpacked in up to so many times the size it is made smaller to.
SPARE = 2.0
ORIENTATION = ExifTags.Base.Orientation
SMOOTH = ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV")


def read_frames(data: bytes) -> list[Section]:
    # Its own limit warns only, and its error is far above.
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(BytesIO(data), formats=FORMATS) as picture:
        count = getattr(picture, "n_frames", 1)
    if count > MAX_TIMED_APART:
        raise Unreadable(_("The file has more than 500 pages of pictures. Split it."))
    return list(_sections(data, count))


def _sections(data: bytes, count: int) -> Iterator[Section]:
    for number in timed_apart(range(count)):
        if text := recognition.recognise(_page(data, number)):
            yield Section(f"page {number + 1}" if count > 1 else "", text)


def _page(data: bytes, number: int) -> NDArray[np.uint8]:
    """Opened anew, so that nothing of a large picture is held while its text is recognised."""
    with Image.open(BytesIO(data), formats=FORMATS) as picture:
        if number:
            picture.seek(number)
        if picture.width * picture.height > MAX_PIXELS:
            raise Unreadable(_("The picture has more than 100 million pixels. Make it smaller."))
        return _pixels(picture)


def _pixels(frame: Image.Image) -> NDArray[np.uint8]:
    """As large as it is looked at, in blue, green and red. First it is made small: a photograph of
    48 million pixels has 190 MB, and each copy as much again."""
    if max(frame.size) > recognition.MAX_SIDE:
        frame = _small(frame)
    return np.asarray(_upright(frame))[:, :, ::-1]


def _small(frame: Image.Image) -> Image.Image:
    scale = recognition.MAX_SIDE / max(frame.size)
    width, height = (max(1, round(side * scale)) for side in frame.size)
    # Of a JPEG no more is unpacked than is needed.
    frame.draft(None, (round(width * SPARE), round(height * SPARE)))
    small = _smooth(frame).resize((width, height), reducing_gap=SPARE)
    small.getexif()[ORIENTATION] = frame.getexif().get(ORIENTATION, 1)
    return small


def _smooth(frame: Image.Image) -> Image.Image:
    """In a kind of pixels between which there are others: black and white has grey between."""
    if frame.mode == "1":
        return frame.convert("L")
    if frame.mode in SMOOTH:
        return frame
    return frame.convert("RGBA" if frame.has_transparency_data else "RGB")


def _upright(frame: Image.Image) -> Image.Image:
    """As it is shown: turned as the camera says, and on white paper where it is transparent."""
    turned = ImageOps.exif_transpose(frame)
    if not turned.has_transparency_data:
        return turned.convert("RGB")
    layer = turned.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
