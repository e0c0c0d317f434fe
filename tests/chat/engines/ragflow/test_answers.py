"""The answers of a remote RAGFlow, in the dialects of its releases, over real HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat.engines.base import Delta, Sources, Usage
from tests.support.engine_prompts import collect_events, reasoning_of, text_of
from tests.support.fakes.ragflow_releases import END, Answer, said, source
from tests.support.fakes.ragflow_server import KEY, RAGFlowServer
from tests.support.ragflow_prompts import ask, engine_for, sources_of

THINKING = Answer(thought=("Let me ", "see 春节.\n"))


async def test_an_answer_is_told_once_with_its_citations(remote: RAGFlowServer) -> None:
    events, failure = await collect_events(engine_for(remote), ask())

    assert failure is None
    said = text_of(events)
    assert said.replace(" [ID:0]", "").replace("[ID:1]", "").replace(" .", ".").strip() == (
        "RAGFlow 是一个开源的检索增强生成引擎 🚀。It reads PDF."
    )
    assert said.count("[ID:0]") == said.count("[ID:1]") == 1
    assert len([event for event in events if isinstance(event, Delta)]) > 1


async def test_thinking_is_separated_from_the_answer(remote: RAGFlowServer) -> None:
    remote.will_answer(THINKING)

    events, failure = await collect_events(engine_for(remote), ask())

    assert failure is None
    assert reasoning_of(events).strip() == "Let me see 春节."
    assert text_of(events).startswith("RAGFlow 是一个开源的检索增强生成引擎 🚀")
    assert text_of(events).count("RAGFlow") == 1


async def test_what_was_found_comes_with_the_answer(remote: RAGFlowServer) -> None:
    strange = source(2, "Strange.", similarity=float("nan"), url="javascript:alert(1)")
    remote.will_answer(replace(Answer(), sources=(*Answer().sources, strange)))

    events, failure = await collect_events(engine_for(remote), ask())

    assert failure is None
    first, _, third = sources_of(events).found
    assert (first.text, first.document_name) == ("RAGFlow 是引擎。", "document-0.pdf")
    assert (first.dataset_id, first.similarity, first.positions) == (
        *("d" * 32, 0.75),
        [[1, 10, 20, 30, 40]],
    )
    assert (third.similarity, third.url) == (0.0, None)


async def test_a_chat_without_datasets_says_nothing_of_the_end(remote: RAGFlowServer) -> None:
    remote.will_answer(Answer(decorated="", has_datasets=False, sources=()))

    events, failure = await collect_events(engine_for(remote), ask())

    assert failure is None
    assert text_of(events) == Answer().text
    assert not [event for event in events if isinstance(event, Sources)]


@pytest.mark.parametrize(
    "pieces",
    [
        ("Yes", "."),
        ("ha", "ha", "ha!"),
        ("好",),
        ("|---|---|---|", "|---|---|---|", "\n| a | b | c |"),
        ("An answer that is long. ", "An answer that is long? ", "No."),
    ],
)
@pytest.mark.parametrize("has_datasets", [True, False])
async def test_short_and_repetitive_answers_are_told_once(
    remote: RAGFlowServer, pieces: tuple[str, ...], has_datasets: bool
) -> None:
    remote.will_answer(Answer(pieces, (), "", (), has_datasets))

    events, failure = await collect_events(engine_for(remote), ask())

    assert failure is None
    assert text_of(events) == "".join(pieces)


async def test_documents_are_handed_on_and_other_fields_are_not(remote: RAGFlowServer) -> None:
    prompt = ask()
    named = replace(prompt.elsewhere, doc_ids=("a" * 32, "b" * 32))

    await collect_events(engine_for(remote), replace(prompt, elsewhere=named, instructions="Sing!"))

    body = remote.completions[0].body
    assert body["doc_ids"] == f"{'a' * 32},{'b' * 32}"
    assert "Sing!" not in str(body)
    assert remote.completions[0].headers["authorization"] == f"Bearer {KEY}"


async def test_bold_text_and_lines_that_look_alike_are_no_failures(newest: RAGFlowServer) -> None:
    text = "**ERRATA** are\n**ERROR**: the level of a log\nand **ERROR** in a line"
    newest.will_send(b"".join(said(letter, final=False) for letter in text) + END)

    events, failure = await collect_events(engine_for(newest), ask())

    assert failure is None
    assert text_of(events) == text


async def test_citations_get_one_spelling(newest: RAGFlowServer) -> None:
    newest.will_send(said("A (ID: 0). B ##1", final=False) + said("$$.", final=False) + END)

    events, _ = await collect_events(engine_for(newest), ask())

    assert text_of(events) == "A [ID:0]. B [ID:1]."


async def test_usage_is_told_if_there_is_any(newest: RAGFlowServer) -> None:
    usage = {"prompt_tokens": 12, "completion_tokens": 3}
    newest.will_send(said("Yes.", final=True, usage=usage) + END)

    events, failure = await collect_events(engine_for(newest), ask())

    assert failure is None
    assert events[-1] == Usage(12, 3)


async def test_an_emoji_whose_halves_come_apart_is_put_together(newest: RAGFlowServer) -> None:
    newest.will_send(
        b'data:{"code":0,"data":{"answer":"a \\ud83d","final":false}}\n\n'
        b'data:{"code":0,"data":{"answer":"\\ude80 b","final":false}}\n\n' + END
    )

    events, _ = await collect_events(engine_for(newest), ask())

    assert text_of(events) == "a 🚀 b"
