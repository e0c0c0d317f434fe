"""Reads e-mails and saved pages: who wrote what to whom, and the names of what is attached."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

from knowledge.parsing.encodings import decode
from knowledge.parsing.html import read_page
from knowledge.text.places import place_of
from knowledge.text.section import Section

SHOWN = ("From", "To", "Cc", "Date", "Subject")
MAX_HEADER = 2000
# Of a saved page, and of a mail.
NOT_READ = ("text/css", "text/javascript", "text/rtf", "text/calendar")


def read(data: bytes) -> list[Section]:
    # The newer classes parse headers in time that grows with the square of their length.
    message: Message = message_from_bytes(data)
    subject = _decoded(message["Subject"])
    lines = list(_head(message))
    names = [_decoded(name) for part in message.walk() if (name := part.get_filename())]
    if names:
        lines.append(f"Attached: {', '.join(names)}")
    sections = [Section(subject, "\n".join(lines), subject)]
    for found in _bodies(message):
        place = place_of(filter(None, [subject, found.place]))
        if place == sections[-1].place:
            text = f"{sections[-1].text}\n\n{found.text}"
            sections[-1] = Section(place, text, subject)
        else:
            sections.append(Section(place, found.text, subject))
    return sections


def _head(message: Message) -> Iterator[str]:
    for name in SHOWN:
        if value := _decoded(message[name]):
            yield f"{name}: {value}"


def _bodies(part: Message) -> Iterator[Section]:
    """What the mail says, and the mails in it. A saved page comes before what belongs to it."""
    kind = part.get_content_type()
    if part.is_multipart():
        parts = [inner for inner in part.get_payload() if isinstance(inner, Message)]
        if kind == "multipart/alternative":
            yield from _best(parts)
            return
        for inner in parts[:1] if kind == "multipart/related" else parts:
            if kind == "message/rfc822":
                yield Section("", "\n".join(_head(inner)))
            yield from _bodies(inner)
    elif not part.get_filename() and kind not in NOT_READ:
        if kind == "text/html":
            yield from read_page(_text(part))
        elif part.get_content_maintype() in ("text", "multipart"):
            yield Section("", _text(part))


def _best(parts: list[Message]) -> list[Section]:
    """Of what says the same in several ways, the text, or else the page."""
    for part in sorted(parts, key=lambda part: part.get_content_type() != "text/plain"):
        found = list(_bodies(part))
        if any(section.text.strip() for section in found):
            return found
    return []


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
        return content.decode(part.get_content_charset() or "ascii")
    except (LookupError, UnicodeDecodeError):
        return decode(content, fallback="cp1252")
