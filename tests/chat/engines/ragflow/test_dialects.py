"""Which dialect a RAGFlow speaks is told by its events alone, whatever the text and its pieces."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.engines.base import Delta, Event, Reasoning
from chat.engines.http.event_stream import EventStreamReader
from chat.engines.ragflow.chat_events import End, parse_event
from chat.engines.ragflow.dialects import Dialect
from chat.engines.ragflow.remote_answer import RemoteAnswer
from chat.engines.ragflow.remote_settings import RemoteSettings
from tests.support.fakes.ragflow_releases import RELEASES, Answer, Release, on_the_wire

SETTINGS = RemoteSettings("http://127.0.0.1:9", "", "c", 5)
WORDS = st.text(st.sampled_from("ab 春节。\n🚀"), min_size=1, max_size=12)
PIECES = st.lists(WORDS, min_size=1, max_size=12).filter(lambda ps: "".join(ps).strip() != "")


def told(body: bytes, size: int | None = None) -> tuple[list[Event], RemoteAnswer]:
    """What is told of a body that comes in pieces of that size."""
    reader, answer = EventStreamReader(1024 * 1024), RemoteAnswer(SETTINGS)
    events: list[Event] = []
    for start in range(0, len(body), size or len(body)):
        for value in reader.feed(body[start : start + (size or len(body))]):
            event = parse_event(value)
            if not isinstance(event, End):
                events += answer.take(event)
    return [*events, *answer.finish()], answer


def joined(events: Sequence[Event], kind: type[Delta] | type[Reasoning] = Delta) -> str:
    return "".join(event.text for event in events if isinstance(event, kind))


def bare(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("release", RELEASES.values(), ids=RELEASES)
@pytest.mark.parametrize("thought", [(), ("Let me ", "see 春节.")])
def test_every_size_of_pieces_tells_the_same(release: Release, thought: tuple[str, ...]) -> None:
    body = on_the_wire(release, Answer(thought=thought), "s" * 32)
    whole, _ = told(body)
    assert joined(whole).startswith("RAGFlow 是一个开源的检索增强生成引擎 🚀")
    for size in (*range(1, 40), 1000):
        events, _ = told(body, size)
        assert joined(events) == joined(whole)
        assert joined(events, Reasoning).strip() == "".join(thought)


@pytest.mark.parametrize("release", RELEASES.values(), ids=RELEASES)
@given(pieces=PIECES)
def test_any_text_is_told_once(release: Release, pieces: list[str]) -> None:
    body = on_the_wire(release, Answer(pieces, (), "", ()), "s")

    events, _ = told(body)

    assert bare(joined(events)) == bare("".join(pieces))


@pytest.mark.parametrize("release", RELEASES.values(), ids=RELEASES)
@given(pieces=st.lists(WORDS.map(lambda word: f"{word}."), min_size=2, max_size=8), data=st.data())
def test_citations_that_come_later_are_not_lost(
    release: Release, pieces: list[str], data: st.DataObject
) -> None:
    cited = data.draw(st.lists(st.booleans(), min_size=len(pieces), max_size=len(pieces)))
    parts = [
        f"{piece} [ID:{number}]" if is_cited else piece
        for number, (piece, is_cited) in enumerate(zip(pieces, cited, strict=True))
    ]
    body = on_the_wire(release, Answer(pieces, (), "".join(parts)), "s")

    events, _ = told(body)

    said = joined(events)
    for number, is_cited in enumerate(cited):
        assert said.count(f"[ID:{number}]") == is_cited
        said = said.replace(f"[ID:{number}]", "")
    assert bare(said) == bare("".join(pieces))


@pytest.mark.parametrize("release", RELEASES.values(), ids=RELEASES)
def test_the_dialect_is_known_in_the_end(release: Release) -> None:
    _, answer = told(on_the_wire(release, Answer(), "s"))

    expected = Dialect.CUMULATIVE if release.is_cumulative else Dialect.DELTA
    assert answer.text.dialect is expected
    assert answer.text.was_repeated is (release.repeats or release.is_cumulative)


def test_chats_without_datasets_are_told_apart_by_texts_of_some_length() -> None:
    """Nothing else tells them apart; RAGFlow's pieces have 16 tokens and more."""
    pieces = ["The first piece of it, ", "then a second one, ", "and the last."]
    answer = Answer(pieces, (), "", (), has_datasets=False)
    for release in RELEASES.values():
        events, _ = told(on_the_wire(release, answer, "s"))
        assert joined(events) == answer.text


def test_a_final_text_in_other_words_changes_nothing_that_was_shown() -> None:
    answer = Answer(
        ["It is a gateway to RAGFlow, ", "and a good one."], (), "Something else [ID:0]."
    )
    for name in ("0.22.1", "0.25.6"):
        events, _ = told(on_the_wire(RELEASES[name], answer, "s"))
        assert joined(events) == f"{answer.text} [ID:0]"
