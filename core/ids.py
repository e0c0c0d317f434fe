"""Identifiers: version-1 UUIDs that do not give away this machine's network address."""

import secrets
import uuid

# RFC 9562, section 6.10: a random node has its multicast bit set, so that it is no real address.
NODE = secrets.randbits(48) | (1 << 40)


def new_id() -> uuid.UUID:
    return uuid.uuid1(node=NODE)


def parse_id(text: str) -> uuid.UUID | None:
    """The id in `text` (32 hex digits, dashes allowed), or None if it is not one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
