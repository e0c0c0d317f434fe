"""The descriptions of pictures that their authors wrote."""

from __future__ import annotations

from lxml.etree import _Element

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf", ".svg")
# What Office adds to the descriptions that it guesses.
ADDED = ("Description automatically generated", "AI-generated content may be incorrect.")


def alt_text(properties: _Element | None) -> str:
    """In brackets; "" if there is none, or just the name of a file."""
    text = (properties.get("descr") or "") if properties is not None else ""
    for added in ADDED:
        text = text.replace(added, "")
    text = " ".join(text.split())
    is_file = text.lower().endswith(PICTURE_ENDINGS) or "://" in text
    return f"[{text}]" if text and not is_file else ""
