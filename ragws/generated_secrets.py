"""Secrets that are not configured: generated once, in the data folder, for their owner only."""

import os
import secrets
from pathlib import Path


def load_or_create_secret(path: Path) -> str:
    """The secret in `path`; 64 random characters on the first call."""
    try:
        return path.read_text()
    except FileNotFoundError:
        return _create(path, secrets.token_urlsafe(48))


def _create(path: Path, secret: str) -> str:
    """Two processes may start at once: a complete file is linked into place, and the first wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secret)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        secret = path.read_text()
    finally:
        draft.unlink()
    return secret
