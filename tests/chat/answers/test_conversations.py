"""Conversations with the extractive engine: follow-ups, changes of subject, small talk, and what
the documents do not say."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async

from benchmarks.talks import Answer, Asker
from chat.models import Dialog, Message
from knowledge.ingestion import ingest
from tests.support.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

LIBRARY = {
    "lighthouse.md": "# The lighthouse of Kastri\n\nThe lighthouse of Kastri was built in 1884 by "
    "the engineer Eleni Markou. It is 31 metres tall and stands on a rock west of the harbour. Its "
    "lamp can be seen from 24 miles. Visitors may climb it on Saturdays for four euros.",
    "bakery.md": "# Dimitra's bakery\n\nDimitra's bakery sells sourdough bread and sesame rings. "
    "The oven is heated with olive wood from three in the morning. A loaf weighs one kilogram and "
    "stays fresh for five days.",
    "bus.md": "# The bus to Livadia\n\nThe bus to Livadia leaves the square every hour. A ticket "
    "costs two euros, and children ride for free. Bicycles are not carried in summer.",
    "灯塔.md": "# 青石灯塔\n\n青石灯塔建于1921年，由工程师林国栋设计。灯塔高28米，"
    "矗立在港口以东的礁石上。灯光在20海里外都能看见。每逢周日开放参观，门票三元。",
    "茶馆.md": "# 老城茶馆\n\n老城茶馆位于钟楼旁边，早上六点开门。这里的招牌是茉莉花茶和糕点。"
    "每逢初一有说书表演，座位不用预订。",
}


BOATS = {"Argo": 1901, "Nike": 1911, "Thetis": 1921}


class Conversation:
    def __init__(self, asker: Asker) -> None:
        self.asker = asker
        self.session_id: str | None = None

    async def ask(self, question: str) -> Answer:
        answer, self.session_id = await self.asker.ask(question, self.session_id)
        return answer


@pytest.fixture
async def talk(world: World) -> AsyncIterator[Conversation]:
    @sync_to_async
    def asker() -> Asker:
        for name, text in LIBRARY.items():
            ingest(world.knowledge_base, name, text.encode())
        return Asker(world.knowledge_base)

    opened = await asker()
    yield Conversation(opened)
    await opened.close()


@pytest.mark.parametrize(
    ("first", "follow_ups"),
    [
        (
            "Who built the lighthouse of Kastri?",
            {
                "and how tall is it?": "31 metres",
                "when?": "1884",
                "What does a visit cost?": "four",
            },
        ),
        (
            "What does Dimitra's bakery sell?",
            {"how long does it stay fresh?": "five days", "and how heavy is a loaf?": "kilogram"},
        ),
        (
            "青石灯塔是谁设计的？",
            {"有多高？": "28米", "那是哪一年建的": "1921年", "门票呢": "三元"},
        ),
        ("老城茶馆在哪里？", {"几点开门？": "六点", "有什么表演吗": "说书"}),
    ],
)
async def test_a_follow_up_stays_with_what_was_cited(
    talk: Conversation, first: str, follow_ups: dict[str, str]
) -> None:
    [document] = set((await talk.ask(first)).cited)
    for question, said in follow_ups.items():
        answer = await talk.ask(question)
        assert set(answer.cited) == {document}, question
        assert said in answer.text, question


@pytest.mark.parametrize(
    "detour",
    ["thanks!", "谢谢", "What is the boiling point of acetone?", "订阅一个月要多少钱？"],
)
async def test_small_talk_and_refusals_do_not_change_the_subject(
    talk: Conversation, detour: str
) -> None:
    await talk.ask("Who built the lighthouse of Kastri?")
    assert (await talk.ask(detour)).is_refusal
    answer = await talk.ask("and how tall is it?")
    assert "31 metres" in answer.text
    assert set(answer.cited) == {"lighthouse.md"}


async def test_what_was_said_may_be_compared(talk: Conversation, world: World) -> None:
    text = "# Kettles\n\n| | Alpha | Beta |\n|---|---|---|\n| Capacity | 1.5 l | 1.7 l |\n"
    await sync_to_async(ingest)(world.knowledge_base, "kettles.md", text.encode())
    assert "1.7 l" in (await talk.ask("What is the capacity of the Beta?")).text
    answer = await talk.ask("Which has the larger capacity, the Alpha or the Beta?")
    assert "alpha 1.5 l, beta 1.7 l" in answer.text.casefold()


async def test_a_follow_up_that_names_what_is_not_there_is_refused(talk: Conversation) -> None:
    await talk.ask("Who built the lighthouse of Kastri?")
    assert (await talk.ask("Does it have a thermostat?")).is_refusal
    assert "31 metres" in (await talk.ask("and how tall is it?")).text


async def test_what_is_asked_of_the_subject_is_told_below_its_own_heading(
    talk: Conversation, world: World
) -> None:
    text = (
        "# Keys\n\n## How do I make a key?\n\nPress *New*. A key is good until you revoke it.\n\n"
        "## How do I revoke a key?\n\nName it, and press *Revoke*.\n"
    )
    await sync_to_async(ingest)(world.knowledge_base, "keys.md", text.encode())
    await talk.ask("How do I make a key?")
    assert "press *Revoke*" in (await talk.ask("How do I revoke it?")).text


async def test_a_complete_question_does_not_use_the_one_before(talk: Conversation) -> None:
    await talk.ask("Who built the lighthouse of Kastri?")
    answer = await talk.ask("How often does the bus to Livadia leave the square?")
    assert set(answer.cited) == {"bus.md"}
    answer = await talk.ask("老城茶馆的招牌是什么？")
    assert set(answer.cited) == {"茶馆.md"}


@pytest.mark.parametrize(
    ("first", "next_question", "document"),
    [
        ("What does Dimitra's bakery sell?", "有哪些糕点？", "茶馆.md"),
        ("What does Dimitra's bakery sell?", "什么时候有表演？", "茶馆.md"),
        ("老城茶馆在哪里？", "Which oven bakes the bread?", "bakery.md"),
        ("Who built the lighthouse of Kastri?", "How do I get a ticket?", "tickets.md"),
        ("Who built the lighthouse of Kastri?", "退票？", "退票.md"),
    ],
)
async def test_a_question_that_changes_the_language_or_asks_a_heading_is_complete(
    talk: Conversation, world: World, first: str, next_question: str, document: str
) -> None:
    text = "# Visitors\n\n## How do I get a ticket?\n\nAt the kiosk, or from the driver."
    await sync_to_async(ingest)(world.knowledge_base, "tickets.md", text.encode())
    text = "# 船票\n\n## 退票\n\n开船以前，在售票亭把票交还。"
    await sync_to_async(ingest)(world.knowledge_base, "退票.md", text.encode())
    await talk.ask(first)
    assert document in (await talk.ask(next_question)).cited


@pytest.mark.parametrize(
    "question",
    [
        "Who won the Cricket World Cup?",
        "How many grandchildren did Eleni Markou have?",
        "How do I register a used car in Nevada?",
        "高考化学满分是多少分？",
        "青石灯塔的看守人叫什么名字？",
    ],
)
async def test_what_is_not_there_is_refused(talk: Conversation, question: str) -> None:
    await talk.ask("Who built the lighthouse of Kastri?")
    await talk.ask("青石灯塔是谁设计的？")
    answer = await talk.ask(question)
    assert answer.is_refusal, answer.text
    assert ("没有写到" in answer.text) == (question[0] > "z")


async def test_what_was_searched_for_is_kept_with_the_answer(talk: Conversation) -> None:
    for question in ("Who built the lighthouse of Kastri?", "and how tall is it?"):
        await talk.ask(question)
    answers = Message.objects.filter(role="assistant").order_by("created_at")
    first, second = [answer.searched_question async for answer in answers]
    assert (first, second) == ("", "Who built the lighthouse of Kastri? and how tall is it?")


async def test_documents_that_are_gone_are_not_quoted(talk: Conversation, world: World) -> None:
    await talk.ask("Who built the lighthouse of Kastri?")
    await sync_to_async(world.knowledge_base.documents.filter(name="lighthouse.md").delete)()
    assert "31 metres" not in (await talk.ask("and how tall is it?")).text


async def test_a_dialogs_own_empty_response_is_said(talk: Conversation) -> None:
    await Dialog.objects.aupdate(empty_response="Ask the harbour master.")
    assert (await talk.ask("Who won the Cricket World Cup?")).text == "Ask the harbour master."


@pytest.mark.parametrize(("threshold", "is_refused"), [(0.5, False), (1, True)])
async def test_a_dialog_says_how_sure_it_must_be(
    talk: Conversation, threshold: float, is_refused: bool
) -> None:
    await Dialog.objects.aupdate(answer_threshold=threshold)
    answer = await talk.ask("How often does the bus to Livadia leave the square?")
    assert answer.is_refusal is is_refused


async def test_small_talk_tells_what_the_documents_are_about(talk: Conversation) -> None:
    answer = await talk.ask("Hi, what can you do?")
    assert "The lighthouse of Kastri" in answer.text
    assert not answer.found


async def test_what_all_documents_are_about_is_told_in_the_language_of_the_question(
    talk: Conversation,
) -> None:
    english = (await talk.ask("What is this document about?")).cited
    chinese = await Conversation(talk.asker).ask("这些文档讲了什么？")
    assert sorted(english) == ["bakery.md", "bus.md", "lighthouse.md"]
    assert sorted(chinese.cited) == ["灯塔.md", "茶馆.md"]


async def test_a_document_is_told_as_a_whole_if_it_is_named_or_was_cited(
    talk: Conversation,
) -> None:
    assert (await talk.ask("Give me an overview of the bus to Livadia")).cited == ["bus.md"]
    assert (await talk.ask("What does this document say?")).cited == ["bus.md"]


async def test_the_headings_of_sections_are_a_list(talk: Conversation, world: World) -> None:
    text = "# Harbours\n\n## Famous boats\n\n" + "\n\n".join(
        f"### The {name}\n\nIt was built in {year}." for name, year in BOATS.items()
    )
    await sync_to_async(ingest)(world.knowledge_base, "boats.md", text.encode())
    answer = await talk.ask("Name some famous boats.")
    assert answer.text == "- The Argo\n- The Nike\n- The Thetis [ID:0]"
