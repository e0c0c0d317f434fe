"""Secrets that are not configured: generated once, in the data folder, for their owner only."""

import os
import secrets
from pathlib import Path

from ragws.env import Problem, env, problems


def env_or_generated_secret(name: str, path: Path) -> str:
    """The variable `name`, or else the secret in `path`, generated on the first call.

    One that can be neither read nor kept is a system check: with a new secret in each process,
    they would refuse each other's logins.
    """
    if configured := env(name):
        return configured
    try:
        if secret := load_or_create_secret(path):
            return secret
        text = f"is not set, and {path} is empty"
    except OSError as error:
        text = f"is not set, and {path} cannot be used: {error.strerror}"
    hint = f"Set {name}, or let the user of this process read and write that folder"
    problems.append(Problem(name, text, hint))
    return secrets.token_urlsafe(48)


def load_or_create_secret(path: Path) -> str:
    """The secret in `path`; 64 random characters on the first call."""
    try:
        return path.read_text()
    except FileNotFoundError:
        return _create(path, secrets.token_urlsafe(48))


def _create(path: Path, secret: str) -> str:
    """Two processes may start at once: a complete file is linked into place, and the first wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    try:
        draft.write_text(secret)
        path.hardlink_to(draft)
    except FileExistsError:
        secret = path.read_text()
    finally:
        draft.unlink()
    return secret
