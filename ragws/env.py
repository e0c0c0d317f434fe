"""Environment variables, read once and typed; what cannot be read becomes a system check."""

import math
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import dj_database_url
from dotenv import load_dotenv
from redis import Redis, RedisError

load_dotenv(Path(__file__).resolve().parent.parent / ".env")

T = TypeVar("T")

# Seconds. How long a query waits for a connection, and how long the pool keeps trying to open one
# by itself: its pauses grow, and with more it would still sleep long after the server is back.
POOL_TIMEOUTS = {"timeout": 3, "reconnect_timeout": 3}

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a variable, and how to mend it. Reported by `ragws.checks`."""

    name: str
    text: str
    hint: str


problems: list[Problem] = []

# The names of all variables that were asked for.
known_names: set[str] = set()


def env(name: str, default: str = "") -> str:
    known_names.add(name)
    return os.environ.get(name, "").strip() or default


def envint(name: str, default: int) -> int:
    return _read(name, default, int, "must be a whole number")


def envfloat(name: str, default: float) -> float:
    return _read(name, default, _finite, "must be a number")


def envbool(name: str, default: bool = False) -> bool:
    return _read(name, default, _boolean, "must be one of 1, 0, true, false, yes, no, on, off")


def envlevel(name: str, default: str) -> str:
    """A level of logging."""
    return _read(name, default, _level, f"must be one of {', '.join(LEVELS)}")


def envlist(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def envfolder(name: str, default: Path) -> Path:
    """A folder, which is created for its owner only. System checks say so if it cannot be used."""
    folder = Path(env(name, str(default))).resolve()
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def envzone(name: str, default: str) -> str:
    return _read(name, default, _zone, "must be the name of a time zone, like Asia/Shanghai")


def envurl(name: str, default: str) -> str:
    return _read(name, default, _url, "must be an address like https://api.example.org")


def envredis(name: str) -> str:
    """The address of a Redis, or an empty text. The client library is asked whether it can use it,
    without connecting."""
    return _read(name, "", _redis, "must be like redis://:password@host:6379/0")


def envdatabase(name: str, default: dict[str, Any], pool_size: int) -> dict[str, Any]:
    """A database by its address: PostgreSQL, with a pool of connections, which no thread keeps; or
    SQLite, set up as `default` is."""
    convert = partial(_database, sqlite=default, pool_size=pool_size)
    return _read(
        name,
        default,
        convert,
        "must be like postgres://user:password@host/name",
        hint=f"Correct {name}, or remove it: SQLite is used then",
    )


def _database(url: str, sqlite: dict[str, Any], pool_size: int) -> dict[str, Any]:
    try:
        # A connection is checked before it is used: after a restart of the server, none works.
        parsed = dj_database_url.parse(url, conn_max_age=0, conn_health_checks=True)
        database: dict[str, Any] = dict(parsed)
    except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError) as error:
        raise ValueError(str(error)) from error
    engine = database["ENGINE"].rpartition(".")[2]
    # Each thread would have a database of its own in its memory.
    if engine not in ("postgresql", "sqlite3") or database["NAME"] in ("", ":memory:"):
        raise ValueError(engine)
    if engine == "sqlite3":
        return {**sqlite, "NAME": database["NAME"]}
    pool = {"min_size": 1, "max_size": pool_size, **POOL_TIMEOUTS}
    # PostgreSQL would compile a search for longer than it runs.
    defaults = {"pool": pool, "options": "-c jit=off"}
    database["OPTIONS"] = {**defaults, **database.get("OPTIONS", {})}
    database["ENGINE"] = "ragws.postgresql"
    return database


def _redis(url: str) -> str:
    number = urlsplit(url).path.strip("/")
    if urlsplit(url).scheme != "unix" and number and not number.isdecimal():
        # The library would take database 0.
        raise ValueError(number)
    try:
        Redis.from_url(url).connection_pool.make_connection()
    except (TypeError, RedisError) as error:
        raise ValueError(str(error)) from error
    return url


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError(text)
    return text


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, OSError) as error:
        raise ValueError(name) from error


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _read(name: str, default: T, convert: Callable[[str], T], problem: str, hint: str = "") -> T:
    text = env(name)
    if not text:
        return default
    try:
        return convert(text)
    except ValueError:
        problems.append(Problem(name, problem, hint or f"Correct or remove {name}"))
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
