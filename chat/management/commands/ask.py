"""`ask`: a chat session in the terminal, on the same path as over a socket."""

from __future__ import annotations

import asyncio
import re
import signal
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.identity import Identity
from accounts.models import User
from chat.answers import service
from chat.answers.hub import make_hub
from chat.answers.references import CITATION
from chat.answers.requests import Ask
from chat.live.answer import LiveAnswer, Outcome, Status
from chat.management.dialog_lookup import dialog_named
from core.commands import ExampleCommand, add_json_argument, json_line
from core.errors import AppError
from core.ids import new_id

# Control characters but tab and newline: a terminal would obey them.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Command(ExampleCommand):
    help = """Chat in the terminal. Without a question, it asks for one after the other;
    Ctrl-C stops an answer, Ctrl-D ends the conversation."""
    examples = (
        'ask "How hot should the water for green tea be?" --user admin',
        'ask "How hot?" --chat "Demo assistant" --json',
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("question", nargs="?", help="what is asked, once")
        parser.add_argument("--user", default="admin", help="who asks (default: %(default)s)")
        parser.add_argument("--chat", help="the dialog: its id or name (default: the first)")
        parser.add_argument("--session", help="continue this session")
        add_json_argument(parser, "the answer to the question and its sources")

    def handle(self, *_args: object, **options: Any) -> None:
        self.as_json: bool = options["json"]
        if self.as_json and not options["question"]:
            raise CommandError("--json needs a question")
        self.user = _user(options["user"])
        self.dialog = dialog_named(self.user, options["chat"])
        self.session_id: str | None = options["session"]
        # A hub name of its own: a running server must not take its answers for abandoned ones.
        name = f"ask-{new_id().hex}"
        self.hub = make_hub(name)
        with asyncio.Runner() as runner:
            try:
                if options["question"]:
                    self._ask(runner, options["question"])
                else:
                    self._converse(runner)
            finally:
                self._name_session()

    def _name_session(self) -> None:
        """Once, at the end, for `--session`. Not an error, only not part of the answers."""
        if self.session_id and not self.as_json:
            self.stderr.write(f"session {self.session_id}", str)

    def _converse(self, runner: asyncio.Runner) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(self.dialog.name))
        if self.dialog.opener:
            self.stdout.write(plain(self.dialog.opener))
        while question := self._read():
            try:
                self._ask(runner, question)
            except CommandError as error:
                self.stderr.write(self.style.ERROR(str(error)))

    def _read(self) -> str | None:
        """The next question; None at the end of the conversation."""
        try:
            while not (question := input("\n> ").strip()):
                pass
        except (EOFError, KeyboardInterrupt):
            self.stdout.write("")
            return None
        return question

    def _ask(self, runner: asyncio.Runner, question: str) -> None:
        ask = Ask(chat_id=self.dialog.pk.hex, question=question, session_id=self.session_id)
        try:
            answer = runner.run(self._stream(ask))
        except AppError as error:
            raise CommandError(str(error)) from error
        self.session_id = answer.session_id
        if answer.outcome:
            if self.as_json:
                self.stdout.write(json_line(_data(answer, answer.outcome)))
            else:
                self._print_ending(str(answer.text), answer.outcome)

    async def _stream(self, ask: Ask) -> LiveAnswer:
        answer = await service.ask(Identity(self.user, "shell"), ask, self.hub)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self.hub.stop, answer.id)
        try:
            async for progress in answer.read():
                if not self.as_json:
                    self.stdout.write(plain(progress.text), ending="")
                    self.stdout.flush()
        finally:
            loop.remove_signal_handler(signal.SIGINT)
        return answer

    def _print_ending(self, text: str, outcome: Outcome) -> None:
        self.stdout.write("")
        chunks = outcome.reference.get("chunks", [])
        for number in sorted({int(found) for found in CITATION.findall(text)}):
            if number < len(chunks):
                chunk = chunks[number]
                place = chunk["document_metadata"]["place"]
                where = " · ".join(part for part in (chunk["document_name"], place) if part)
                self.stdout.write(self.style.NOTICE(f"  [ID:{number}] {plain(where)}"))
        if outcome.error:
            self.stderr.write(self.style.ERROR(plain(str(outcome.error))))
        elif outcome.status is not Status.COMPLETE:
            self.stderr.write(f"({outcome.status})", str)


def _data(answer: LiveAnswer, outcome: Outcome) -> dict[str, Any]:
    error = outcome.error
    return {
        "answer": str(answer.text),
        "reference": outcome.reference,
        "id": answer.id,
        "session_id": answer.session_id,
        "status": outcome.status,
        "usage": outcome.usage,
        "error": {"code": int(error.code), "message": str(error)} if error else None,
    }


def plain(text: str) -> str:
    """Text of a model or a document without control characters."""
    return CONTROLS.sub("", text)


def _user(name: str) -> User:
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user {name!r}")
    return user
