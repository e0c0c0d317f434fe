"""Takes the pages of a picture apart. Only what `requirements-ocr.txt` installs can load it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from typing import Any

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
# Above, a picture that is no JPEG is unpacked in grey where it can be, and without the engine.
MANY_PIXELS = 12_000_000
# What cannot be unpacked so.
MAX_COLOURED_PIXELS = 25_000_000
# Rows of the small picture that are made at once.
STRIP = 64
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
        if picture.width * picture.height > MANY_PIXELS and picture.format != "JPEG":
            recognition.unload()
            return _pixels(_small_of_many(picture, data, number))
        return _pixels(picture)


def _pixels(frame: Image.Image) -> NDArray[np.uint8]:
    """As large as it is looked at, in blue, green and red. First it is made small: a photograph of
    48 million pixels has 190 MB, and each copy as much again."""
    if max(frame.size) > recognition.MAX_SIDE:
        frame = _small(frame)
    return np.asarray(_upright(frame))[:, :, ::-1]


def _small_of_many(picture: Image.Image, data: bytes, number: int) -> Image.Image:
    """In grey, a byte for each pixel is unpacked, and nothing is copied."""
    transparent = picture.has_transparency_data
    in_colour = transparent or picture.format == "WEBP"
    if in_colour and picture.width * picture.height > MAX_COLOURED_PIXELS:
        raise Unreadable(_("The picture has more than 25 million pixels. Save it as JPEG."))
    if transparent:
        return _small_by_strips(picture)
    return _small_in_grey(picture, data, number) or picture


def _small_by_strips(picture: Image.Image) -> Image.Image:
    """What is transparent is copied to be made smaller."""
    by = max(1, max(picture.size) // recognition.MAX_SIDE)
    small = Image.new("RGBA", (picture.width // by, picture.height // by))
    for top in range(0, small.height * by, STRIP * by):
        strip = picture.crop((0, top, small.width * by, min(top + STRIP * by, small.height * by)))
        small.paste(strip.convert("RGBA").reduce(by), (0, top // by))
    small.getexif()[ORIENTATION] = picture.getexif().get(ORIENTATION, 1)
    return small


def _small_in_grey(picture: Image.Image, data: bytes, number: int) -> Image.Image | None:
    """None if it is packed in a way that is not known here."""
    cv2: Any = import_module("cv2")
    how = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION
    bytes_of, pages = np.frombuffer(data, np.uint8), (number, number + 1)
    _is_read, unpacked = cv2.imdecodemulti(bytes_of, how, range=pages)
    if not unpacked:
        return None
    size = _small_size(picture)
    small = Image.fromarray(cv2.resize(unpacked[0], size, interpolation=cv2.INTER_AREA))
    # A TIFF is turned already. What a PNG has behind its pixels would unpack all of them.
    if picture.format != "TIFF" and "exif" in picture.info:
        small.getexif()[ORIENTATION] = picture.getexif().get(ORIENTATION, 1)
    return small


def _small(frame: Image.Image) -> Image.Image:
    width, height = _small_size(frame)
    # Of a JPEG no more is unpacked than is needed.
    frame.draft(None, (round(width * SPARE), round(height * SPARE)))
    small = _smooth(frame).resize((width, height), reducing_gap=SPARE)
    small.getexif()[ORIENTATION] = frame.getexif().get(ORIENTATION, 1)
    return small


def _small_size(frame: Image.Image) -> tuple[int, int]:
    scale = min(1.0, recognition.MAX_SIDE / max(frame.size))
    return max(1, round(frame.width * scale)), max(1, round(frame.height * scale))


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
