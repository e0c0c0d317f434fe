"""Questions and answers, as the published protocol describes them."""

from __future__ import annotations

import re

import pytest
from httpx import AsyncClient

from tests.contract.conftest import CHAT
from tests.support.frame_client import FrameClient, is_chunk, open_client
from tests.support.seeded_data import QUESTION, SeededData
from tests.support.server import Server

REFERENCE_KEYS = {
    *("id", "content", "document_id", "document_name", "dataset_id", "image_id", "positions"),
    *("url", "similarity", "vector_similarity", "term_similarity", "doc_type"),
}


async def test_an_answer_is_streamed_cited_and_completed(
    alice: FrameClient, seeded: SeededData
) -> None:
    received = await alice.ask(type="chat", chat_id=seeded.chat_id, question=QUESTION, stream=True)

    assert "Megalo Chorio" in received.text
    assert "[ID:0]" in received.text
    assert received.completion["code"] == 0
    assert received.completion["message"] == ""
    assert [frame["data"] for frame in received.frames].count(True) == 1
    assert {(chunk["id"], chunk["session_id"]) for chunk in received.chunks} == {
        (received.id, received.session_id)
    }


async def test_the_last_chunk_has_the_reference_and_no_text(
    alice: FrameClient, seeded: SeededData
) -> None:
    received = await alice.ask(chat_id=seeded.chat_id, question=QUESTION)
    *before, last = received.chunks

    assert last["answer"] == ""
    assert all(chunk["reference"] == {} for chunk in before)
    reference = last["reference"]
    assert reference["total"] == len(reference["chunks"]) > 0
    assert all(chunk.keys() >= REFERENCE_KEYS for chunk in reference["chunks"])
    assert reference["chunks"][0]["document_id"] == seeded.doc_id
    assert reference["chunks"][0]["dataset_id"] == seeded.kb_id
    # Only the chunks that the answer cites are counted.
    cited = set(re.findall(r"\[ID:\d+\]", received.text))
    assert reference["doc_aggs"] == [
        {"doc_name": "tilos.md", "doc_id": seeded.doc_id, "count": len(cited)}
    ]


async def test_chinese_is_answered_in_chinese(alice: FrameClient, seeded: SeededData) -> None:
    received = await alice.ask(chat_id=seeded.chat_id, question="帝洛斯岛的首府是什么？")
    assert "梅加洛霍里奥" in received.text


async def test_the_whole_answer_in_one_chunk(alice: FrameClient, seeded: SeededData) -> None:
    streamed = await alice.ask(chat_id=seeded.chat_id, question=QUESTION)
    whole = await alice.ask(chat_id=seeded.chat_id, question=QUESTION, stream=False)

    assert len(whole.frames) == 2
    assert whole.completion
    assert whole.text == streamed.text
    assert whole.reference == streamed.reference


async def test_the_session_goes_on(alice: FrameClient, seeded: SeededData) -> None:
    first = await alice.ask(chat_id=seeded.chat_id, question=QUESTION)
    second = await alice.ask(
        chat_id=seeded.chat_id, session_id=first.session_id, question="How many people live there?"
    )
    other = await alice.ask(chat_id=seeded.chat_id, question=QUESTION)

    assert second.session_id == first.session_id
    assert second.id != first.id
    assert other.session_id != first.session_id


async def test_knowledge_bases_and_documents_can_be_chosen(
    alice: FrameClient, seeded: SeededData
) -> None:
    received = await alice.ask(
        chat_id=seeded.load_chat_id,
        question="bench n=2",
        kb_ids=[seeded.kb_id],
        doc_ids=f"{seeded.doc_id},{seeded.doc_id}",
        files=[],
    )
    assert received.completion
    listed = await alice.ask(chat_id=seeded.chat_id, question=QUESTION, doc_ids=[seeded.doc_id])
    assert "Megalo Chorio" in listed.text


async def test_unknown_fields_and_nulls_are_ignored(alice: FrameClient, seeded: SeededData) -> None:
    received = await alice.ask(
        chat_id=seeded.chat_id,
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
    assert "Megalo Chorio" in received.text


async def test_empty_ids_mean_none(alice: FrameClient, seeded: SeededData) -> None:
    received = await alice.ask(
        chat_id=seeded.chat_id, question=QUESTION, session_id="", kb_ids=[], doc_ids="", files=[]
    )
    assert "Megalo Chorio" in received.text


async def test_no_text_is_sent_twice(alice: FrameClient, seeded: SeededData) -> None:
    """Every token of the load engine is different: it is the time when it was due."""
    received = await alice.ask(chat_id=seeded.load_chat_id, question="bench n=40 rate=400")
    tokens = received.text.split()

    assert len(tokens) == len(set(tokens)) == 40
    ends = [chunk["offset"] for chunk in received.chunks if chunk["answer"]]
    assert ends == sorted(ends)
    assert ends[-1] == len(received.text.encode())


async def test_questions_are_answered_one_at_a_time_in_order(
    alice: FrameClient, seeded: SeededData
) -> None:
    for n in (5, 4, 3):
        await alice.send(chat_id=seeded.load_chat_id, question=f"bench n={n} rate=100")
    answers = [await alice.rest() for _ in range(3)]

    assert [len(received.text.split()) for received in answers] == [5, 4, 3]
    assert all(len({chunk["id"] for chunk in received.chunks}) == 1 for received in answers)


async def test_eight_questions_may_wait(alice: FrameClient, seeded: SeededData) -> None:
    await alice.send(chat_id=seeded.load_chat_id, question="bench n=2000 rate=50")
    running = await alice.chunk()
    for _ in range(8):
        await alice.send(chat_id=seeded.load_chat_id, question="bench n=1")
    await alice.send(chat_id=seeded.load_chat_id, question="bench n=2")

    while is_chunk(frame := await alice.frame()):
        assert frame["data"]["id"] == running["data"]["id"]
    assert frame["code"] == 429
    assert frame["data"]["retry_after"] > 0
    await alice.send(type="stop", id=running["data"]["id"])
    assert (await alice.rest()).completion["status"] == "stopped"
    for _ in range(8):
        assert len((await alice.rest()).text.split()) == 1


async def test_a_failure_in_mid_answer_sends_an_error_and_a_completion(
    alice: FrameClient, seeded: SeededData
) -> None:
    received = await alice.ask(chat_id=seeded.model_chat_ids["cut"], question=QUESTION)

    assert received.text == "Half an "
    (error,) = received.errors
    assert error["code"] == 502
    assert received.frames.index(error) == len(received.frames) - 2
    assert error["data"].items() >= {"id": received.id, "session_id": received.session_id}.items()
    assert received.completion["status"] == "failed"
    assert received.completion["code"] == 0


@pytest.mark.parametrize(
    ("scenario", "code"), [("broken", 502), ("away", 502), ("silent", 504), ("silent-midway", 504)]
)
@pytest.mark.parametrize("stream", [True, False])
async def test_a_model_failure_has_its_code(
    alice: FrameClient, seeded: SeededData, scenario: str, code: int, stream: bool
) -> None:
    received = await alice.ask(
        chat_id=seeded.model_chat_ids[scenario], question=QUESTION, stream=stream
    )
    assert [error["code"] for error in received.errors] == [code]
    assert "127.0.0.1" not in received.errors[0]["message"]
    assert received.completion["status"] == "failed"


async def test_reasoning_comes_in_its_own_field(alice: FrameClient, seeded: SeededData) -> None:
    received = await alice.ask(chat_id=seeded.model_chat_ids["think-tags"], question=QUESTION)
    thoughts = "".join(chunk.get("reasoning", "") for chunk in received.chunks)

    assert "Let me see." in thoughts
    assert "Let me see." not in received.text
    assert received.text.startswith("A retrieval-augmented")
    assert received.completion["usage"]["total_tokens"] > 0


async def test_two_connections_receive_only_their_own_answers(
    server: Server, seeded: SeededData
) -> None:
    async with (
        open_client(server.ws + CHAT, seeded.token) as first,
        open_client(server.ws + CHAT, seeded.token) as second,
    ):
        one = await first.ask(chat_id=seeded.load_chat_id, question="bench n=3")
        two = await second.ask(chat_id=seeded.load_chat_id, question="bench n=4")
    assert one.id != two.id
    assert len(two.text.split()) == 4


async def test_a_file_is_read_for_its_question(
    server: Server, alice: FrameClient, seeded: SeededData
) -> None:
    async with AsyncClient(base_url=server.http, headers=bearer(seeded)) as http:
        text = "The harbour master of Tilos is called Eleni Karpathiou."
        sent = await http.post("/api/v1/files", files={"file": ("harbour.txt", text)})
    (file,) = sent.json()["data"]
    received = await alice.ask(
        chat_id=seeded.chat_id, question="Who is the harbour master of Tilos?", files=[file["id"]]
    )
    assert "Eleni Karpathiou" in received.text
    assert "harbour.txt" in [chunk["document_name"] for chunk in received.reference["chunks"]]


async def test_the_history_has_the_same_reference(
    server: Server, alice: FrameClient, seeded: SeededData
) -> None:
    received = await alice.ask(chat_id=seeded.chat_id, question=QUESTION)
    async with AsyncClient(base_url=server.http, headers=bearer(seeded)) as http:
        got = await http.get(f"/api/v1/chats/{seeded.chat_id}/sessions/{received.session_id}")
    question, answer = got.json()["data"]["messages"]

    assert question["content"] == QUESTION
    assert answer["id"] == received.id
    assert answer["content"] == received.text
    assert answer["reference"] == received.reference


def bearer(seeded: SeededData) -> dict[str, str]:
    return {"Authorization": f"Bearer {seeded.token}"}
