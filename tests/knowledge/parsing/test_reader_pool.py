"""Reader processes: whatever happens in one is a sentence, and the next file is read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import psutil
import pytest
from pytest_django.fixtures import Settings

from knowledge.errors import Unreadable
from knowledge.parsing import reader, reader_pool
from knowledge.parsing.parse_document import ParsedDocument
from knowledge.parsing.parse_request import ParseRequest
from knowledge.parsing.reader import Outcome, Reader
from knowledge.parsing.reader_pool import ReaderPool
from knowledge.text.chunking import TextChunk
from tests.support.office_files import make_xlsx, with_part
from tests.support.pdf_files import make_bomb, make_pdf

ROOT = Path(__file__).resolve().parents[3]
CRASHED = "The file is damaged, or too complex to be read."
# Programs in place of a reader: each does something else that a reader must not do.
MISBEHAVING = {
    "ends before it reads": "pass",
    "ends with an error": "raise SystemExit(3)",
    "is killed": "import os; os.kill(os.getpid(), 9)",
    "crashes": "import os; os.abort()",
    "closes its input": "import os; os.close(0)",
    "closes its output": "import os, sys; os.close(1); sys.stdin.buffer.read()",
    "writes text": "print('0 is out of range', flush=True)",
    "announces too much": "import os; os.write(1, b'\\xff' * 8); input()",
    "breaks off": "import os; os.write(1, (9).to_bytes(8, 'big') + b'[1')",
}
REPLIES = {
    "empty": "",
    "no JSON": "nonsense",
    "nothing": "null",
    "a list": "[]",
    "an empty object": "{}",
    "a title that is a number": '{"title": 1, "chunks": [], "memory": 0}',
    "half a chunk": '{"title": "", "chunks": [["a"]], "memory": 0}',
    "a chunk of numbers": '{"title": "", "chunks": [[1, 2]], "memory": 0}',
    "half a character": '{"title": "", "chunks": [["", "\\ud800"]], "memory": 0}',
    "a NUL": '{"title": "", "chunks": [["", "\\u0000"]], "memory": 0}',
    "no number": '{"title": "", "chunks": [["", "a"]], "memory": null}',
    "too many chunks": f'{{"title": "", "chunks": {[["", "a"]] * 50_001}, "memory": 0}}'.replace(
        "'", '"'
    ),
    "deep": "[" * 100_000,
}


@pytest.fixture
def pool() -> Iterator[ReaderPool]:
    pool = ReaderPool()
    yield pool
    pool.close()


def parse(pool: ReaderPool, data: bytes, name: str = "a.txt") -> list[TextChunk]:
    return list(pool.parse(name, data, owner="alice", chunk_chars=1200).chunks)


def refusal(pool: ReaderPool, data: bytes, name: str = "a.txt") -> str:
    with pytest.raises(Unreadable) as caught:
        parse(pool, data, name)
    return str(caught.value)


def readers_of(pool: ReaderPool) -> list[int]:
    return [reader._process.pid for reader in pool._readers]


def test_a_reader_is_used_again(pool: ReaderPool) -> None:
    assert parse(pool, b"one") == [TextChunk("", "one")]
    first = readers_of(pool)
    assert parse(pool, b"<p>two", "a.html") == [TextChunk("", "two")]
    assert readers_of(pool) == first
    assert len(first) == 1


def test_a_refusal_keeps_the_reader(pool: ReaderPool) -> None:
    assert refusal(pool, b"") == "The file is empty."
    first = readers_of(pool)
    assert refusal(pool, b"%PDF-1.7", "a.pdf").startswith("The file is damaged")
    assert readers_of(pool) == first


def pool_with_first(program: str) -> ReaderPool:
    """Its first reader runs this program, the others are readers."""
    commands = iter([[sys.executable, "-c", program], None])
    return ReaderPool(lambda: Reader(next(commands)))


@pytest.mark.parametrize("program", MISBEHAVING.values(), ids=MISBEHAVING)
def test_a_reader_that_misbehaves_is_a_refusal(program: str) -> None:
    pool = pool_with_first(program)
    assert refusal(pool, b"one" * 1_000_000) == CRASHED
    assert parse(pool, b"two") == [TextChunk("", "two")]
    pool.close()


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_a_reply_that_is_none_is_a_refusal(reply: str, tmp_path: Path) -> None:
    (tmp_path / "reply").write_text(reply)
    pool = pool_with_first(
        f"import os; data = open({str(tmp_path / 'reply')!r}, 'rb').read();"
        "os.write(1, len(data).to_bytes(8, 'big')); os.write(1, data); input()"
    )
    assert refusal(pool, b"one") == CRASHED
    assert parse(pool, b"two") == [TextChunk("", "two")]
    pool.close()


def test_a_reader_that_hangs_is_ended(settings: Settings) -> None:
    settings.MAX_READING_S = 0.1
    pool = ReaderPool(lambda: Reader([sys.executable, "-c", "import time; time.sleep(60)"]))
    assert refusal(pool, b"one") == "Reading the file takes too long: it is too complex."
    assert not pool._readers


def test_a_reader_that_does_not_take_the_file_is_ended(settings: Settings) -> None:
    settings.MAX_READING_S = 0.1
    pool = ReaderPool(lambda: Reader([sys.executable, "-c", "import time; time.sleep(60)"]))
    assert refusal(pool, bytes(10_000_000)) == "Reading the file takes too long: it is too complex."


def test_small_files_are_parsed_together_by_one_reader(pool: ReaderPool) -> None:
    texts = [f"text {number} " * 2000 for number in range(20)]
    requests = [ParseRequest("a.txt", text.encode(), 100_000) for text in texts]
    outcomes = pool.parse_all(requests, "alice")
    assert [text_of(outcome) for outcome in outcomes] == [text.strip() for text in texts]
    assert len(readers_of(pool)) == 1


def test_a_file_that_ends_its_reader_harms_none_that_came_with_it(
    pool: ReaderPool, settings: Settings
) -> None:
    settings.MAX_READING_BYTES = 180_000_000
    files = [("a.txt", b"one"), ("b.pdf", make_bomb(megabytes=200)), ("c.txt", b"two")]
    requests = [ParseRequest(name, data, 1200) for name, data in files]
    one, bomb, two = pool.parse_all(requests, "alice")
    assert (text_of(one), text_of(two)) == ("one", "two")
    assert text_of(bomb).startswith("The file is damaged")


def text_of(outcome: Outcome) -> str:
    match outcome:
        case ParsedDocument():
            return outcome.chunks[0].text
        case problem:
            return str(problem)


def test_a_file_that_is_given_up_ends_its_reader_at_once_and_the_next_has_another() -> None:
    pool = pool_with_first(
        "import os, sys;"
        "message = b'{\"progress\": 0.5}';"
        "os.write(1, len(message).to_bytes(8, 'big') + message);"
        "sys.stdin.read()"
    )
    first, second = (ParseRequest("a.txt", b"tea", 1200) for _ in range(2))
    found: list[Outcome] = []
    thread = Thread(target=lambda: found.extend(pool.parse_all([first, second], "alice")))
    thread.start()
    while first.progress != 0.5:
        pass
    first.give_up("It was stopped.")
    thread.join()
    assert [text_of(outcome) for outcome in found] == ["It was stopped.", "tea"]
    pool.close()


def test_what_was_given_up_before_is_not_begun(pool: ReaderPool) -> None:
    request = ParseRequest("a.txt", b"tea", 1200)
    request.give_up("It was stopped.")
    assert [text_of(outcome) for outcome in pool.parse_all([request], "a")] == ["It was stopped."]
    assert readers_of(pool) == []


def test_a_reader_that_died_while_it_waited_is_replaced(pool: ReaderPool) -> None:
    parse(pool, b"one")
    [reader] = pool._readers
    os.kill(reader._process.pid, signal.SIGKILL)
    psutil.Process(reader._process.pid).wait()
    assert parse(pool, b"two") == [TextChunk("", "two")]


def test_where_no_process_can_be_started_the_file_is_refused() -> None:
    def start() -> Reader:
        raise BlockingIOError("fork: Resource temporarily unavailable")

    assert refusal(ReaderPool(start), b"one").startswith("The server has no resources left")


def test_what_a_library_prints_is_not_in_the_reply(pool: ReaderPool) -> None:
    """openpyxl prints about a cell whose style does not exist."""
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><row r="1"><c r="A1" s="9" t="str"><v>tea</v></c></row></sheetData>'
        b"</worksheet>"
    )
    broken = with_part(make_xlsx({"A": [["x"]]}), "xl/worksheets/sheet1.xml", sheet)
    assert parse(pool, broken, "a.xlsx") == [TextChunk("sheet A", "tea")]


def test_a_pdf_that_unpacks_to_gigabytes_is_stopped(pool: ReaderPool, settings: Settings) -> None:
    settings.MAX_READING_BYTES = 180_000_000
    assert refusal(pool, make_bomb(megabytes=200), "a.pdf").startswith("The file is damaged")
    assert parse(pool, make_pdf("Tea."), "a.pdf") == [TextChunk("page 1", "Tea.")]


def test_a_text_that_needs_too_much_memory_is_refused(pool: ReaderPool, settings: Settings) -> None:
    settings.MAX_READING_BYTES = 150_000_000
    assert refusal(pool, b"tea " * 19_000_000) == (
        "Reading the file needs too much memory: it is too complex."
    )


def test_a_reader_is_replaced_after_a_number_of_files(
    pool: ReaderPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MAX_FILES", 2)
    seen = []
    for text in (b"one", b"two", b"three"):
        parse(pool, text)
        seen.append(readers_of(pool))
    assert seen[0] != seen[2]
    assert seen[1] == []


def test_a_reader_that_has_grown_is_replaced(
    pool: ReaderPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MAX_GROWTH_BYTES", 1)
    parse(pool, b"one")
    assert readers_of(pool) == []


def test_readers_with_nothing_to_do_are_ended(
    pool: ReaderPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse(pool, b"one")
    [reader] = pool._readers
    monkeypatch.setattr(reader_pool, "IDLE_S", 0)
    pool._close_idle()
    assert reader._process.returncode is not None
    assert readers_of(pool) == []


def test_readers_get_no_secrets_and_no_files_of_the_server(
    pool: ReaderPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "ragws.settings")
    parse(pool, b"one")
    [pid] = readers_of(pool)
    environment = psutil.Process(pid).environ()
    assert not {"OPENAI_API_KEY", "DJANGO_SETTINGS_MODULE"} & environment.keys()
    assert psutil.Process(pid).net_connections() == []
    # Its two ends of the channel, and three for what is printed.
    assert psutil.Process(pid).num_fds() <= 6


def test_files_read_side_by_side_come_back_to_their_callers(pool: ReaderPool) -> None:
    found: dict[int, list[TextChunk]] = {}

    def read(number: int) -> None:
        found[number] = parse(pool, b"text %d" % number)

    threads = [Thread(target=read, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [TextChunk("", f"text {number}")] for number in range(12)}
    assert len(readers_of(pool)) <= 2


FORKING = """
import os, sys
import django
django.setup()
from knowledge.parsing.reader_pool import pool

def parse(text):
    return pool.parse("a.txt", text, owner=1, chunk_chars=100).chunks[0].text

assert parse(b"one") == "one"
[reader] = pool._readers
child = os.fork()
assert parse(b"two") == "two"
if child:
    assert [reader] == list(pool._readers)
    assert os.waitpid(child, 0)[1] == 0
    assert parse(b"three") == "three"
else:
    assert reader not in pool._readers
print("done")
"""


def test_a_fork_of_the_server_has_readers_of_its_own_and_all_end_with_it() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKING],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.split(), done.stderr, done.returncode) == (["done", "done"], "", 0)


def test_readers_end_when_their_server_is_killed(tmp_path: Path) -> None:
    program = FORKING.partition("child = ")[0] + (
        "print(reader._process.pid, flush=True); sys.stdin.read()"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with server:
        assert server.stdout is not None
        process = psutil.Process(int(server.stdout.readline()))
        server.kill()
    assert process.wait(timeout=30) is not None or not process.is_running()
