"""Environment variables, read once and typed; what cannot be read becomes a system check."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import dj_database_url
from dotenv import load_dotenv

load_dotenv(Path(__file__).resolve().parent.parent / ".env")

T = TypeVar("T")

# Seconds. How long a query waits for a connection, and how long the pool keeps trying to open one
# by itself: its pauses grow, and with more it would still sleep long after the server is back.
POOL_TIMEOUTS = {"timeout": 3, "reconnect_timeout": 3}

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

# (variable, what is wrong with it), reported by `ragws.checks`.
problems: list[tuple[str, str]] = []


def env(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def envint(name: str, default: int) -> int:
    return _read(name, default, int, "must be a whole number")


def envfloat(name: str, default: float) -> float:
    return _read(name, default, float, "must be a number")


def envbool(name: str, default: bool = False) -> bool:
    return _read(name, default, _boolean, "must be one of 1, 0, true, false, yes, no, on, off")


def envlevel(name: str, default: str) -> str:
    """A level of logging."""
    return _read(name, default, _level, f"must be one of {', '.join(LEVELS)}")


def envlist(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def envdatabase(name: str, default: dict[str, Any], pool_size: int) -> dict[str, Any]:
    """A database by its address. PostgreSQL gets a pool of connections, which no thread keeps."""
    convert = partial(_database, pool_size=pool_size)
    return _read(name, default, convert, "must be like postgres://user:password@host/name")


def _database(url: str, pool_size: int) -> dict[str, Any]:
    try:
        # A connection is checked before it is used: after a restart of the server, none works.
        parsed = dj_database_url.parse(url, conn_max_age=0, conn_health_checks=True)
        database: dict[str, Any] = dict(parsed)
    except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError) as error:
        raise ValueError(str(error)) from error
    if database["ENGINE"].endswith("postgresql"):
        pool = {"min_size": 1, "max_size": pool_size, **POOL_TIMEOUTS}
        # PostgreSQL would compile a search for longer than it runs.
        defaults = {"pool": pool, "options": "-c jit=off"}
        database["OPTIONS"] = {**defaults, **database.get("OPTIONS", {})}
        database["ENGINE"] = "ragws.postgresql"
    return database


def _read(name: str, default: T, convert: Callable[[str], T], problem: str) -> T:
    text = env(name)
    if not text:
        return default
    try:
        return convert(text)
    except ValueError:
        problems.append((name, problem))
        return default


def _level(text: str) -> str:
    level = text.upper()
    if level not in LEVELS:
        raise ValueError(text)
    return level


def _boolean(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False}
    try:
        return words[text.lower()]
    except KeyError:
        raise ValueError(text) from None
