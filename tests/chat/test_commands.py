"""`createdialog`, and `ask`: a conversation in a terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from chat.models import ChatSession, Dialog, Message
from knowledge.ingestion import ingest
from tests.support.seeded_data import HANDBOOK, QUESTION, SeededData
from tests.support.server import ROOT, environment
from tests.support.world import World


class TestCreatedialog:
    def test_its_options_set_the_dialog_s_fields(self, world: World) -> None:
        chat_id = createdialog(
            "Travel",
            "--user=alice",
            "--kb=Handbook",
            "--engine=openai",
            "--prompt=Be brief.",
            '--model-settings={"temperature": 0.1}',
            "--starter=Where is it?",
            "--starter=它在哪里？",
        )
        dialog = Dialog.objects.get(pk=chat_id)
        assert re.fullmatch(r"[0-9a-f]{32}", chat_id)
        assert (dialog.owner, dialog.name) == (world.alice.user, "Travel")
        assert (dialog.engine, dialog.prompt) == ("openai", "Be brief.")
        assert dialog.model_settings == {"temperature": 0.1}
        assert dialog.starters == ["Where is it?", "它在哪里？"]
        assert list(dialog.knowledge_bases.all()) == [world.knowledge_base]

    def test_json_output_has_the_dialog_s_name(self, world: World) -> None:
        data = json.loads(createdialog("Travel", "--user=alice", "--json"))
        assert Dialog.objects.get(pk=data["chat_id"]).name == data["name"] == "Travel"

    def test_a_name_that_is_taken_is_refused(self, world: World) -> None:
        with pytest.raises(CommandError, match="There is a dialog “HELPDESK” of this owner"):
            createdialog("HELPDESK", "--user=alice")
        createdialog("HELPDESK", "--user=bob")

    def test_a_knowledge_base_of_another_user_is_not_found(self, world: World) -> None:
        with pytest.raises(CommandError, match="bob has no knowledge base 'Handbook'"):
            createdialog("Travel", "--user=bob", "--kb=Handbook")

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--user=nobody"], "no user 'nobody'"),
            (["--user=alice", "--kb=Nothing"], "no knowledge base 'Nothing'"),
            (["--user=alice", "--engine=nonsense"], "nonsense"),
            (["--user=alice", "--starter= "], "starters"),
            (["--user=alice", "--model-settings={"], "not JSON"),
            (["--user=alice", "--model-settings=[]"], "must be a JSON object"),
            (["--user=alice", '--model-settings={"temperature": "hot"}'], "temperature"),
        ],
    )
    def test_a_wrong_option_is_refused_with_a_sentence(
        self, world: World, arguments: list[str], sentence: str
    ) -> None:
        before = Dialog.objects.count()
        with pytest.raises(CommandError, match=sentence):
            createdialog("Travel", *arguments)
        assert Dialog.objects.count() == before


class TestSetstarters:
    def test_it_replaces_the_starters_of_a_dialog(self, world: World) -> None:
        for questions in (["Where is it?", "How far?"], ["Who?"], []):
            call_command("setstarters", "Helpdesk", *questions, user="alice", stdout=io.StringIO())
            world.dialog.refresh_from_db()
            assert world.dialog.starters == questions

    @pytest.mark.parametrize(
        ("chat", "questions", "sentence"),
        [
            ("Nothing", ["Who?"], "no such dialog"),
            ("Helpdesk", ["Who?"] * 2, "twice"),
            ("Helpdesk", [f"Who is {n}?" for n in range(7)], "at most 6"),
            ("Helpdesk", ["?" * 201], "more than 200"),
            ("Helpdesk", ["  "], "blank"),
        ],
    )
    def test_what_cannot_be_is_refused_with_a_sentence(
        self, world: World, chat: str, questions: list[str], sentence: str
    ) -> None:
        with pytest.raises(CommandError, match=sentence):
            call_command("setstarters", chat, *questions, user="alice")
        world.dialog.refresh_from_db()
        assert world.dialog.starters == []


@pytest.mark.django_db(transaction=True)
class TestAsk:
    @pytest.fixture(autouse=True)
    def library(self, transactional_db: None, world: World) -> None:
        ingest(world.knowledge_base, "tilos.md", HANDBOOK.encode())

    def test_it_prints_the_answer_and_its_sources(self, world: World) -> None:
        stdout, stderr = ask(QUESTION, "--user=alice")
        assert "Megalo Chorio" in stdout
        assert re.search(r"\[ID:0\] tilos\.md · Tilos", stdout)
        session = ChatSession.objects.get()
        assert f"session {session.pk.hex}" in stderr
        assert (session.user, session.dialog) == (world.alice.user, world.dialog)
        assert set(session.messages.values_list("status", flat=True)) == {"complete"}

    def test_json_output_is_one_line(self, world: World) -> None:
        stdout, _ = ask(QUESTION, "--user=alice", "--json")
        [line] = stdout.splitlines()
        data = json.loads(line)
        assert "Megalo Chorio" in data["answer"]
        assert data["reference"]["chunks"][0]["document_name"] == "tilos.md"
        assert data["session_id"] == ChatSession.objects.get().pk.hex
        assert (data["status"], data["error"]) == ("complete", None)
        with pytest.raises(CommandError, match="--json needs a question"):
            ask("--user=alice", "--json")

    def test_dialogs_and_sessions_of_another_user_are_not_found(self, world: World) -> None:
        for chat in (world.dialog.name, world.dialog.pk.hex):
            with pytest.raises(CommandError, match="bob has no such dialog"):
                ask(QUESTION, "--user=bob", f"--chat={chat}")
        session = ChatSession.objects.create(dialog=world.dialog, user=world.alice.user, name="x")
        Dialog.objects.create(owner=world.bob.user, name="Theirs")
        with pytest.raises(CommandError, match="There is no such session"):
            ask(QUESTION, "--user=bob", f"--session={session.pk.hex}")

    def test_unknown_users_dialogs_and_sessions_are_named(self, world: World) -> None:
        for name in ("nobody", "charlie"):
            with pytest.raises(CommandError, match=f"no active user '{name}'"):
                ask(QUESTION, f"--user={name}")
        with pytest.raises(CommandError, match=r"no such dialog\. There is 'Helpdesk'"):
            ask(QUESTION, "--user=alice", "--chat=Nothing")
        with pytest.raises(CommandError, match=r"no such dialog\. There is none yet"):
            ask(QUESTION, "--user=bob", "--chat=Nothing")
        with pytest.raises(CommandError, match="bob has no dialog yet"):
            ask(QUESTION, "--user=bob")
        with pytest.raises(CommandError, match="There is no such session"):
            ask(QUESTION, "--user=alice", "--session=nonsense")

    def test_a_session_is_continued(self, world: World) -> None:
        _, stderr = ask(QUESTION, "--user=alice", "--chat=Helpdesk")
        session_id = stderr.split()[-1]
        ask("And how many people live there?", "--user=alice", f"--session={session_id}")
        assert ChatSession.objects.get().messages.count() == 4

    def test_questions_are_read_from_stdin(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        typed = f"\n{QUESTION}\n  \nAnd how many people live there?\n"
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        stdout, stderr = ask(user="alice")
        assert stderr == f"session {ChatSession.objects.get().pk.hex}\n"
        assert stdout.startswith("Helpdesk\nHi! What would you like to know?\n")
        assert "Megalo Chorio" in stdout
        assert "780" in stdout
        assert ChatSession.objects.get().messages.count() == 4

    def test_a_failed_question_is_reported_and_the_conversation_goes_on(
        self, world: World, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        settings.ENGINES = {}
        monkeypatch.setattr(sys, "stdin", io.StringIO("One?\nTwo?\n"))
        _, stderr = ask(user="alice")
        assert stderr.count("`extractive` is not configured") == 2
        assert not Message.objects.exists()


@pytest.fixture(scope="module")
def folder(data: Path, seeded: SeededData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the seeded data folder."""
    return shutil.copytree(data, tmp_path_factory.mktemp("ask") / "data")


PATIENCE_S = 30
HEARD_WITHIN_S = 10


class Terminal:
    """`manage.py` on a terminal of its own, as a person sees it."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.screen, inside = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments, "--no-color"],
            cwd=ROOT,
            env=environment(data),
            stdin=inside,
            stdout=inside,
            stderr=inside,
            # So that Ctrl-C comes from its terminal.
            start_new_session=True,
        )
        os.close(inside)
        self.seen = ""

    def until(self, pattern: str) -> str:
        """Reads what is shown until it matches; all that has been shown since the last match."""
        while not (found := re.search(pattern, self.seen)):
            ready, _, _ = select.select([self.screen], [], [], PATIENCE_S)
            assert ready, f"waited for {pattern!r}, saw {self.seen!r}"
            self.seen += os.read(self.screen, 4096).decode()
        seen, self.seen = self.seen[: found.end()], self.seen[found.end() :]
        return seen

    def type(self, text: str) -> None:
        os.write(self.screen, text.encode())

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def interrupt_until_it_ends(self) -> int:
        """Between showing the prompt and reading a line, Python hears no signal.

        It ends the line on the screen once it has heard one. A second signal would then kill it.
        """
        for _ in range(PATIENCE_S // HEARD_WITHIN_S):
            self.interrupt()
            ready, _, _ = select.select([self.screen], [], [], HEARD_WITHIN_S)
            if ready:
                return self.wait()
        raise AssertionError("it did not end")

    def wait(self) -> int:
        return self.process.wait(timeout=PATIENCE_S)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.screen)


def test_ctrl_c_stops_the_answer_and_not_the_conversation(folder: Path, seeded: SeededData) -> None:
    terminal = Terminal(folder, "ask", "--user=alice", "--chat", seeded.load_chat_id)
    try:
        terminal.until("\n> ")
        terminal.type("bench n=9999 rate=20\n")
        terminal.until(r"@\d+ ")
        terminal.interrupt()
        assert "session" not in terminal.until(r"\(stopped\)\s+> ")
        terminal.type("bench n=3 rate=20\n")
        seen = terminal.until(r"\n> ")
        assert "stopped" not in seen
        assert "session" not in seen
        # Ctrl-D, with nothing typed.
        terminal.type("\x04")
        terminal.until("session [0-9a-f]{32}")
        assert terminal.wait() == 0
    finally:
        terminal.close()


def test_ctrl_c_stops_the_only_answer(folder: Path, seeded: SeededData) -> None:
    question = "bench n=9999 rate=20"
    terminal = Terminal(folder, "ask", question, "--user=alice", "--chat", seeded.load_chat_id)
    try:
        terminal.until(r"@\d+ ")
        terminal.interrupt()
        seen = terminal.until("session [0-9a-f]{32}")
        assert "(stopped)" in seen
        assert "Traceback" not in seen
        assert terminal.wait() == 0
    finally:
        terminal.close()


def test_ctrl_c_at_the_prompt_ends_the_conversation(folder: Path, seeded: SeededData) -> None:
    terminal = Terminal(folder, "ask", "--user=alice")
    try:
        terminal.until("\n> ")
        assert terminal.interrupt_until_it_ends() == 0
    finally:
        terminal.close()


def createdialog(*arguments: str) -> str:
    stdout = io.StringIO()
    call_command("createdialog", *arguments, stdout=stdout)
    return stdout.getvalue().strip()


def ask(*arguments: str, **options: str) -> tuple[str, str]:
    """What it says on stdout and on stderr."""
    stdout, stderr = io.StringIO(), io.StringIO()
    call_command("ask", *arguments, **options, stdout=stdout, stderr=stderr, no_color=True)
    return stdout.getvalue(), stderr.getvalue()
