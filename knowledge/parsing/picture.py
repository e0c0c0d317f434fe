"""Reads pictures of text: photographs and scans, also of several pages (TIFF)."""

from __future__ import annotations

from importlib import import_module

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing import recognition
from knowledge.text.section import Section


def read(data: bytes) -> list[Section]:
    if not recognition.is_installed():
        raise Unreadable(
            _(
                "This is a picture. To read its text, text recognition (OCR) has to be installed "
                "on the server: pip install --require-hashes -r requirements-ocr.lock"
            )
        )
    sections: list[Section] = import_module("knowledge.parsing.picture_frames").read_frames(data)
    if not sections:
        raise Unreadable(_("The picture has no text that can be recognised."))
    return sections
