"""Secrets nobody configured: made once, kept in the data folder, readable by their owner only."""

import os
import secrets
from pathlib import Path


def kept_secret(path: Path) -> str:
    """The secret in `path`; 64 random characters on the first call."""
    try:
        return path.read_text()
    except FileNotFoundError:
        return _keep(path, secrets.token_urlsafe(48))


def _keep(path: Path, secret: str) -> str:
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
