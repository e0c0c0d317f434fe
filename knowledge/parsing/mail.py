"""Reads e-mails: who wrote what to whom, and the names of what is attached."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

from knowledge.parsing.encodings import decode
from knowledge.parsing.html import read_page
from knowledge.text.section import Section

SHOWN = ("From", "To", "Cc", "Date", "Subject")
MAX_HEADER = 2000


def read(data: bytes) -> list[Section]:
    # The newer classes parse headers in time that grows with the square of their length.
    message: Message = message_from_bytes(data)
    names: list[str] = []
    texts: dict[str, str] = {}
    for part in message.walk():
        kind = part.get_content_type()
        if name := part.get_filename():
            names.append(_decoded(name))
        elif kind in ("text/plain", "text/html"):
            texts.setdefault(kind, _text(part))
    lines = [f"{name}: {value}" for name in SHOWN if (value := _decoded(message[name]))]
    if names:
        lines.append(f"Attached: {', '.join(names)}")
    # Most mails say the same as text and as a page.
    text = texts.get("text/plain") or texts.get("text/html", "")
    subject = _decoded(message["Subject"])
    return [Section(subject, "\n".join([*lines, "", text]), subject)]


def _decoded(header: object) -> str:
    raw = str(header or "")[:MAX_HEADER]
    try:
        return " ".join(str(make_header(decode_header(raw))).split())
    except (LookupError, ValueError):
        return " ".join(raw.split())


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        text = content.decode(part.get_content_charset() or "ascii")
    except (LookupError, UnicodeDecodeError):
        text = decode(content, fallback="cp1252")
    if part.get_content_type() == "text/html":
        return "\n\n".join(section.text for section in read_page(text))
    return text
