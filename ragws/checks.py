"""System checks: wrong settings are found before the server starts, each with a hint."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from ragws.env import problems

MIN_OUTBOUND_FRAME_BYTES = 8 * 1024
# With 0 of these, nothing would be accepted.
POSITIVE = (
    "DATABASE_POOL_SIZE",
    "SLOW_REQUEST_S",
    "MAX_REQUEST_BYTES",
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
)
# Here 0 means "none" or "at once".
NOT_NEGATIVE = (
    "AUDIT_DAYS",
    "MAX_FRAMES_PER_S",
    "MAX_WAITING_QUESTIONS",
    "CHUNK_GAP_S",
    "DRAIN_S",
    "IDEMPOTENCY_HOURS",
)


def check_environment(**_: Any) -> list[CheckMessage]:
    return [
        Error(f"{name} {problem}", hint=f"Correct or remove {name}", id="ragws.E001")
        for name, problem in problems
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


def check_data_folder(**_: Any) -> list[CheckMessage]:
    folder = Path(settings.DATA_DIR)
    if os.access(folder, os.W_OK):
        return []
    return [
        Error(
            f"The data folder {folder} cannot be written to",
            hint="Set RAGWS_DATA_DIR to a folder that can",
            id="ragws.E004",
        )
    ]


CHECKS = (check_environment, check_limits, check_engines, check_data_folder)
