"""System checks: wrong settings are found before the server starts, each with a hint."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from chat.engines.openai.model_settings import check_site as check_openai
from chat.engines.ragflow.remote_settings import check_site as check_ragflow
from chat.rest.ragflow.releases import RELEASES
from ragws.env import known_names, problems
from ragws.misspelled_settings import probable_typos

# A name with or without the subdomains, an address, or all.
URL_PREFIX = re.compile(r"(/[\w.~-]+)*", re.ASCII)
HOST = re.compile(r"\*|\.?[\w-]+(?:\.[\w-]+)*|\[[0-9a-fA-F:.]+\]")

MIN_OUTBOUND_FRAME_BYTES = 8 * 1024
# With 0 of these, nothing would be accepted.
POSITIVE = (
    "PASSWORD_HASHES_AT_ONCE",
    "DATABASE_POOL_SIZE",
    "SLOW_REQUEST_S",
    "MAX_REQUEST_BYTES",
    "MAX_UPLOAD_BYTES",
    "MAX_UPLOAD_S",
    "MAX_FRAME_BYTES",
    "MAX_QUESTION_CHARS",
    "MAX_SIDE_BY_SIDE",
    "MAX_SOCKET_LIFE_S",
    "STALLED_READER_S",
    "CHECKPOINT_S",
    "MAX_DOCUMENT_BYTES",
    "MAX_FILE_BYTES",
    "MAX_FILES_PER_QUESTION",
    "CHUNK_CHARS",
    "MAX_READING_S",
    "MAX_READING_BYTES",
    "MAX_RECOGNITION_BYTES",
)
# Here 0 means "none" or "at once".
NOT_NEGATIVE = (
    "USER_DOCUMENT_BYTES",
    "AUDIT_DAYS",
    "MAX_FRAMES_PER_S",
    "MAX_WAITING_QUESTIONS",
    "CHUNK_GAP_S",
    "DRAIN_DELAY_S",
    "DRAIN_S",
    "DRAIN_MAX_S",
    "IDEMPOTENCY_HOURS",
)


def check_environment(**_: Any) -> list[CheckMessage]:
    return [
        Error(f"{problem.name} {problem.text}", hint=problem.hint, id="ragws.E001")
        for problem in problems
    ]


def check_spelling(**_: Any) -> list[CheckMessage]:
    return [
        Warning(
            f"The environment has {name}, which is no setting",
            hint=f"Is {meant} meant? Rename it, or remove it",
            id="ragws.W001",
        )
        for name, meant in probable_typos(os.environ, known_names).items()
    ]


def check_allowed_hosts(**_: Any) -> list[CheckMessage]:
    return [
        Error(
            f"ALLOWED_HOSTS has {host!r}, which is no host name",
            hint="Write it as chat.example.org, without scheme, port and path",
            id="ragws.E005",
        )
        for host in settings.ALLOWED_HOSTS
        if not HOST.fullmatch(host)
    ]


def check_limits(**_: Any) -> list[CheckMessage]:
    wrong = [f"{name} must be more than 0" for name in POSITIVE if getattr(settings, name) <= 0]
    wrong += [
        f"{name} must not be negative" for name in NOT_NEGATIVE if getattr(settings, name) < 0
    ]
    if settings.MAX_OUTBOUND_FRAME_BYTES < MIN_OUTBOUND_FRAME_BYTES:
        wrong.append(f"MAX_OUTBOUND_FRAME_BYTES must be at least {MIN_OUTBOUND_FRAME_BYTES}")
    return [
        Error(message, hint=f"Correct or remove {message.split()[0]}", id="ragws.E002")
        for message in wrong
    ]


def check_url_prefix(**_: Any) -> list[CheckMessage]:
    if URL_PREFIX.fullmatch(settings.URL_PREFIX):
        return []
    return [
        Error(
            f"URL_PREFIX is {settings.URL_PREFIX!r}, which is no path",
            hint="Write it as in /chat or /tools/chat: letters, digits and -._~ only",
            id="ragws.E007",
        )
    ]


def check_engines(**_: Any) -> list[CheckMessage]:
    if settings.DEFAULT_ENGINE not in settings.ENGINES:
        names = ", ".join(settings.ENGINES)
        return [
            Error(
                f"DEFAULT_ENGINE is {settings.DEFAULT_ENGINE!r}, which is no engine",
                hint=f"Set DEFAULT_ENGINE to one of {names}",
                id="ragws.E003",
            )
        ]
    return []


def check_model_servers(**_: Any) -> list[CheckMessage]:
    wrong = [
        (f"{engine.upper()}_{name}", problem)
        for engine, check_site in (("openai", check_openai), ("ragflow", check_ragflow))
        for name, problem in check_site(settings.ENGINES.get(engine, {}))
    ]
    return [
        Error(f"{name} {problem}", hint=f"Correct or remove {name}", id="ragws.E006")
        for name, problem in wrong
    ]


def check_ragflow_release(**_: Any) -> list[CheckMessage]:
    if settings.RAGFLOW_RELEASE in RELEASES:
        return []
    return [
        Error(
            f"RAGFLOW_RELEASE is {settings.RAGFLOW_RELEASE!r}, which is no release known here",
            hint=f"Set RAGFLOW_RELEASE to one of {', '.join(RELEASES)}",
            id="ragws.E008",
        )
    ]


def check_ragflow_bootstrap(**_: Any) -> list[CheckMessage]:
    """For a server that others reach: `check --deploy`."""
    if not settings.RAGFLOW_BOOTSTRAP:
        return []
    return [
        Warning(
            "RAGFLOW_BOOTSTRAP is on: anybody who reaches this server can make an account",
            hint="Remove RAGFLOW_BOOTSTRAP; it is for tests on your own machine",
            id="ragws.W003",
        )
    ]


def check_data_folder(**_: Any) -> list[CheckMessage]:
    """With PostgreSQL nothing has to be in it."""
    database = settings.DATABASES["default"]
    if "sqlite" not in database["ENGINE"]:
        return []
    file = Path(database["NAME"])
    folder = file.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        wrong = f"The data folder {folder}"
    elif file.exists() and not os.access(file, os.W_OK):
        wrong = f"The database {file}"
    else:
        return []
    return [
        Error(
            f"{wrong} cannot be written to",
            hint="Give it to the user of this process, or set RAGWS_DATA_DIR to another folder",
            id="ragws.E004",
        )
    ]


def check_privacy(**_: Any) -> list[CheckMessage]:
    """Windows has no such modes."""
    folder = Path(settings.DATA_DIR)
    if os.name == "nt" or not folder.is_dir() or not folder.stat().st_mode & 0o077:
        return []
    return [
        Warning(
            f"Other users of this machine can read the data folder {folder}",
            hint=f"Run `chmod -R go-rwx {shlex.quote(str(folder))}`",
            id="ragws.W002",
        )
    ]


CHECKS = (
    check_url_prefix,
    check_environment,
    check_spelling,
    check_allowed_hosts,
    check_limits,
    check_engines,
    check_model_servers,
    check_ragflow_release,
    check_data_folder,
    check_privacy,
)
DEPLOY_CHECKS = (check_ragflow_bootstrap,)
