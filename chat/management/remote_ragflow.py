"""Which RAGFlow a command is about: the one of its options, or the one of the settings."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from chat.engines.http.value_rules import address_problem, key_problem
from chat.engines.ragflow.remote_settings import RemoteSettings


def add_remote_arguments(parser: CommandParser) -> None:
    parser.add_argument("--url", help="where RAGFlow is; without it, RAGFLOW_BASE_URL")
    parser.add_argument(
        "--key",
        help="its API key; `-` reads it from the first line of the input; without it,"
        " RAGFLOW_API_KEY",
    )


def remote_of(options: dict[str, Any], chat_id: str = "") -> RemoteSettings:
    """To be asked by the operator in person, so that its address may be any."""
    site = settings.ENGINES["ragflow"]
    url = options["url"] or site["BASE_URL"]
    is_site = url == site["BASE_URL"]
    key = options["key"] or (site["API_KEY"] if is_site else "")
    if key == "-":
        key = sys.stdin.readline().strip()
    if not url:
        raise CommandError("Say where RAGFlow is: --url, or RAGFLOW_BASE_URL")
    if not key:
        raise CommandError("Give RAGFlow's API key: --key, or RAGFLOW_API_KEY")
    if problem := address_problem(url):
        raise CommandError(f"--url {problem}")
    if problem := key_problem(key):
        raise CommandError(f"--key {problem}")
    return RemoteSettings(url, key, chat_id, site["TIMEOUT_S"])
