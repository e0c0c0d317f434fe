"""`check_ragflow`: says whether a RAGFlow can be reached, and what will work with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import CommandError, CommandParser

from chat.engines.base import EngineFailed
from chat.engines.ragflow.remote_settings import RemoteSettings
from chat.engines.ragflow.survey import OLD, Survey, Trial, survey, try_question
from chat.management.remote_ragflow import add_remote_arguments, remote_of
from core.commands import ExampleCommand
from core.printable import escape_unprintable

WORKS = (
    "Works: streaming, follow-ups, citations, thinking, `doc_ids`, stopping",
    "Is refused: `kb_ids` and `files`, which RAGFlow would ignore",
)
LAST_QUESTION = (
    "Conversations that a client keeps itself (OpenAI's API without a session) reach it as their"
    " last question only"
)


class Command(ExampleCommand):
    help = "Say whether a RAGFlow can be reached, which release it looks like, and what will work."
    examples = (
        "check_ragflow",
        "check_ragflow --url http://127.0.0.1:9380 --key ragflow-…",
        'check_ragflow --chat Handbook --ask "What is in it?"',
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_remote_arguments(parser)
        parser.add_argument("--chat", help="the chat to ask, by id or name; without it, the first")
        parser.add_argument("--ask", metavar="QUESTION", help="ask it, and say how it was answered")

    def handle(self, *_args: object, **options: Any) -> str:
        remote = remote_of(options)
        try:
            found = async_to_sync(survey)(remote)
            lines = list(_described(remote, found))
            if question := options["ask"]:
                asked = remote_of(options, _chat_id(found, options["chat"]))
                lines += _tried(async_to_sync(try_question)(asked, question))
        except EngineFailed as error:
            raise CommandError(str(error)) from error
        return "\n".join(lines)


def _described(remote: RemoteSettings, found: Survey) -> Iterator[str]:
    version = f"RAGFlow {found.version}, which says so itself" if found.version else "RAGFlow"
    yield escape_unprintable(f"{remote.base_url}: {version}; it looks like {found.looks_like}")
    yield f"The key is accepted; {len(found.chats)} chats are seen with it"
    for chat in found.chats:
        yield escape_unprintable(f"  {chat.id}  {chat.name}")
    yield from WORKS
    if found.looks_like == OLD:
        yield LAST_QUESTION


def _tried(trial: Trial) -> Iterator[str]:
    repeated = ", and all of it once more at the end" if trial.was_repeated else ""
    yield f"The answer came as {trial.dialect.value}{repeated}; {trial.sources} sources"
    yield escape_unprintable(trial.text, kept="\n")


def _chat_id(found: Survey, wanted: str | None) -> str:
    for chat in found.chats:
        if wanted in (None, chat.id, chat.name):
            return chat.id
    raise CommandError(f"RAGFlow has no chat {wanted!r}" if wanted else "RAGFlow has no chat")
