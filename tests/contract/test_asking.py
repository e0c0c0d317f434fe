"""Questions and answers as the published protocol has them."""

from __future__ import annotations

import re

import pytest
from httpx import AsyncClient

from tests.contract.conftest import CHAT
from tests.support.facts import QUESTION, Facts
from tests.support.frame_client import Talk, is_chunk, talking
from tests.support.server import Server

REFERENCE_KEYS = {
    *("id", "content", "document_id", "document_name", "dataset_id", "image_id", "positions"),
    *("url", "similarity", "vector_similarity", "term_similarity", "doc_type"),
}


async def test_an_answer_is_streamed_cited_and_completed(alice: Talk, facts: Facts) -> None:
    heard = await alice.ask(type="chat", chat_id=facts.chat_id, question=QUESTION, stream=True)

    assert "Megalo Chorio" in heard.text
    assert "[ID:0]" in heard.text
    assert heard.completion["code"] == 0
    assert heard.completion["message"] == ""
    assert [frame["data"] for frame in heard.frames].count(True) == 1
    assert {(chunk["id"], chunk["session_id"]) for chunk in heard.chunks} == {
        (heard.id, heard.session_id)
    }


async def test_the_last_chunk_has_the_reference_and_no_text(alice: Talk, facts: Facts) -> None:
    heard = await alice.ask(chat_id=facts.chat_id, question=QUESTION)
    *before, last = heard.chunks

    assert last["answer"] == ""
    assert all(chunk["reference"] == {} for chunk in before)
    reference = last["reference"]
    assert reference["total"] == len(reference["chunks"]) > 0
    assert all(chunk.keys() >= REFERENCE_KEYS for chunk in reference["chunks"])
    assert reference["chunks"][0]["document_id"] == facts.doc_id
    assert reference["chunks"][0]["dataset_id"] == facts.kb_id
    # Counted are the passages that the answer cites.
    cited = set(re.findall(r"\[ID:\d+\]", heard.text))
    assert reference["doc_aggs"] == [
        {"doc_name": "tilos.md", "doc_id": facts.doc_id, "count": len(cited)}
    ]


async def test_chinese_is_answered_in_chinese(alice: Talk, facts: Facts) -> None:
    heard = await alice.ask(chat_id=facts.chat_id, question="帝洛斯岛的首府是什么？")
    assert "梅加洛霍里奥" in heard.text


async def test_the_whole_answer_in_one_chunk(alice: Talk, facts: Facts) -> None:
    streamed = await alice.ask(chat_id=facts.chat_id, question=QUESTION)
    whole = await alice.ask(chat_id=facts.chat_id, question=QUESTION, stream=False)

    assert len(whole.frames) == 2
    assert whole.completion
    assert whole.text == streamed.text
    assert whole.reference == streamed.reference


async def test_the_session_goes_on(alice: Talk, facts: Facts) -> None:
    first = await alice.ask(chat_id=facts.chat_id, question=QUESTION)
    second = await alice.ask(
        chat_id=facts.chat_id, session_id=first.session_id, question="How many people live there?"
    )
    other = await alice.ask(chat_id=facts.chat_id, question=QUESTION)

    assert second.session_id == first.session_id
    assert second.id != first.id
    assert other.session_id != first.session_id


async def test_what_to_search_may_be_named(alice: Talk, facts: Facts) -> None:
    heard = await alice.ask(
        chat_id=facts.load_chat_id,
        question="bench n=2",
        kb_ids=[facts.kb_id],
        doc_ids=f"{facts.doc_id},{facts.doc_id}",
        files=[],
    )
    assert heard.completion
    listed = await alice.ask(chat_id=facts.chat_id, question=QUESTION, doc_ids=[facts.doc_id])
    assert "Megalo Chorio" in listed.text


async def test_unknown_fields_and_nulls_are_ignored(alice: Talk, facts: Facts) -> None:
    heard = await alice.ask(
        chat_id=facts.chat_id,
        question=QUESTION,
        temperature=0.5,
        user={"id": 7},
        session_id=None,
        kb_ids=None,
        doc_ids=None,
        files=None,
        stream=None,
        type=None,
    )
    assert "Megalo Chorio" in heard.text


async def test_empty_ids_mean_none(alice: Talk, facts: Facts) -> None:
    heard = await alice.ask(
        chat_id=facts.chat_id, question=QUESTION, session_id="", kb_ids=[], doc_ids="", files=[]
    )
    assert "Megalo Chorio" in heard.text


async def test_no_text_is_sent_twice(alice: Talk, facts: Facts) -> None:
    """The load engine's tokens tell when they were due: every one is different."""
    heard = await alice.ask(chat_id=facts.load_chat_id, question="bench n=40 rate=400")
    tokens = heard.text.split()

    assert len(tokens) == len(set(tokens)) == 40
    ends = [chunk["offset"] for chunk in heard.chunks if chunk["answer"]]
    assert ends == sorted(ends)
    assert ends[-1] == len(heard.text.encode())


async def test_questions_are_answered_one_at_a_time_in_order(alice: Talk, facts: Facts) -> None:
    for n in (5, 4, 3):
        await alice.say(chat_id=facts.load_chat_id, question=f"bench n={n} rate=100")
    answers = [await alice.rest() for _ in range(3)]

    assert [len(heard.text.split()) for heard in answers] == [5, 4, 3]
    assert all(len({chunk["id"] for chunk in heard.chunks}) == 1 for heard in answers)


async def test_eight_questions_may_wait(alice: Talk, facts: Facts) -> None:
    await alice.say(chat_id=facts.load_chat_id, question="bench n=2000 rate=50")
    running = await alice.chunk()
    for _ in range(8):
        await alice.say(chat_id=facts.load_chat_id, question="bench n=1")
    await alice.say(chat_id=facts.load_chat_id, question="bench n=2")

    while is_chunk(frame := await alice.frame()):
        assert frame["data"]["id"] == running["data"]["id"]
    assert frame["code"] == 429
    assert frame["data"]["retry_after"] > 0
    await alice.say(type="stop", id=running["data"]["id"])
    assert (await alice.rest()).completion["status"] == "stopped"
    for _ in range(8):
        assert len((await alice.rest()).text.split()) == 1


async def test_a_failure_in_mid_answer_is_told_and_completed(alice: Talk, facts: Facts) -> None:
    heard = await alice.ask(chat_id=facts.model_chat_ids["cut"], question=QUESTION)

    assert heard.text == "Half an "
    (error,) = heard.errors
    assert error["code"] == 502
    assert heard.frames.index(error) == len(heard.frames) - 2
    assert error["data"].items() >= {"id": heard.id, "session_id": heard.session_id}.items()
    assert heard.completion["status"] == "failed"
    assert heard.completion["code"] == 0


@pytest.mark.parametrize(
    ("day", "code"), [("broken", 502), ("away", 502), ("silent", 504), ("silent-midway", 504)]
)
@pytest.mark.parametrize("stream", [True, False])
async def test_a_model_that_fails(
    alice: Talk, facts: Facts, day: str, code: int, stream: bool
) -> None:
    heard = await alice.ask(chat_id=facts.model_chat_ids[day], question=QUESTION, stream=stream)
    assert [error["code"] for error in heard.errors] == [code]
    assert "127.0.0.1" not in heard.errors[0]["message"]
    assert heard.completion["status"] == "failed"


async def test_thinking_comes_beside_an_empty_answer(alice: Talk, facts: Facts) -> None:
    heard = await alice.ask(chat_id=facts.model_chat_ids["think-tags"], question=QUESTION)
    thoughts = "".join(chunk.get("reasoning", "") for chunk in heard.chunks)

    assert "Let me see." in thoughts
    assert "Let me see." not in heard.text
    assert heard.text.startswith("A retrieval-augmented")
    assert heard.completion["usage"]["total_tokens"] > 0


async def test_two_connections_do_not_hear_each_other(server: Server, facts: Facts) -> None:
    async with (
        talking(server.ws + CHAT, facts.token) as first,
        talking(server.ws + CHAT, facts.token) as second,
    ):
        one = await first.ask(chat_id=facts.load_chat_id, question="bench n=3")
        two = await second.ask(chat_id=facts.load_chat_id, question="bench n=4")
    assert one.id != two.id
    assert len(two.text.split()) == 4


async def test_a_file_is_read_for_its_question(server: Server, alice: Talk, facts: Facts) -> None:
    async with AsyncClient(base_url=server.http, headers=bearer(facts)) as http:
        text = "The harbour master of Tilos is called Eleni Karpathiou."
        sent = await http.post("/api/v1/files", files={"file": ("harbour.txt", text)})
    (file,) = sent.json()["data"]
    heard = await alice.ask(
        chat_id=facts.chat_id, question="Who is the harbour master of Tilos?", files=[file["id"]]
    )
    assert "Eleni Karpathiou" in heard.text
    assert "harbour.txt" in [chunk["document_name"] for chunk in heard.reference["chunks"]]


async def test_the_history_has_the_same_reference(
    server: Server, alice: Talk, facts: Facts
) -> None:
    heard = await alice.ask(chat_id=facts.chat_id, question=QUESTION)
    async with AsyncClient(base_url=server.http, headers=bearer(facts)) as http:
        got = await http.get(f"/api/v1/chats/{facts.chat_id}/sessions/{heard.session_id}")
    question, answer = got.json()["data"]["messages"]

    assert question["content"] == QUESTION
    assert answer["id"] == heard.id
    assert answer["content"] == heard.text
    assert answer["reference"] == heard.reference


def bearer(facts: Facts) -> dict[str, str]:
    return {"Authorization": f"Bearer {facts.token}"}
