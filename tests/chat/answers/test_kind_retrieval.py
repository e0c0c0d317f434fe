"""What is retrieved for a question of a kind, besides what has most of its words."""

from __future__ import annotations

import pytest

from chat.answers.retrieval import Retrieved, retrieve
from chat.answers.turn import Turn
from chat.questions.same_questions import SURELY_THE_SAME
from core.ids import new_id
from knowledge.embedding.vector_writing import write_some_vectors
from knowledge.ingestion import ingest
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)

FAQ = "# Questions\n\n" + "".join(
    f"## {heading}\n\n{text}\n\n"
    for heading, text in (
        ("How do I revoke a key?", "Name it, and press the button."),
        ("What is a key?", "A key is a secret that a program shows."),
    )
)


def ask(world: World, question: str) -> Retrieved:
    return retrieve(
        Turn(
            answer_id=new_id(),
            session_id=new_id(),
            user_id=world.alice.user.pk,
            question=question,
            engine="extractive",
            kb_ids=(world.knowledge_base.pk,),
            top_n=2,
        )
    )


def add(world: World, name: str, text: str) -> None:
    assert ingest(world.knowledge_base, name, text.encode()).status == "ready"


def test_a_heading_that_asks_the_same_in_other_words_is_found(world: World) -> None:
    add(world, "faq.md", FAQ)
    for number in range(4):
        add(world, f"{number}.md", f"To delete number {number}, use the key marked delete.")
    chunks = ask(world, "How do I delete a key?").chunks
    assert "How do I revoke a key?" in [chunk.place.rpartition(" › ")[2] for chunk in chunks]


def test_a_question_that_names_a_document_keeps_to_its_subject(world: World) -> None:
    add(world, "tea.md", "# Tea\n\nTea was first drunk in China, long before it was traded.")
    add(world, "writing.md", "# Writing\n\nWriting was invented more than once. It was invented.")
    names = {chunk.document_name for chunk in ask(world, "Where was tea invented?").chunks}
    assert names == {"tea.md"}


def test_code_that_was_divided_among_chunks_is_whole_again(world: World) -> None:
    lines = "\n".join(f"    frame_{number} = client.receive()" for number in range(80))
    code = f"def ask(client):\n{lines}\n    return frame_79"
    add(world, "clients.md", f"# Clients\n\nThe program in Python:\n\n```python\n{code}\n```\n")
    assert code in ask(world, "Is there a program in Python for clients?").chunks[0].text


def headings(found: Retrieved) -> list[str]:
    return [chunk.place.rpartition(" › ")[2] for chunk in found.chunks]


def test_a_section_whose_heading_asks_the_same_comes_first_and_answers(world: World) -> None:
    add(world, "faq.md", FAQ)
    for number in range(4):
        add(world, f"{number}.md", f"To delete number {number}, use the key marked delete.")
    found = ask(world, "How do I delete a key?")
    assert headings(found)[0] == "How do I revoke a key?"
    assert found.confidence >= SURELY_THE_SAME


@pytest.mark.parametrize("question", ["How do I list my keys?", "How do I create a key?"])
def test_another_action_is_another_question(world: World, question: str) -> None:
    add(world, "faq.md", FAQ)
    add(world, "other.md", "# Other\n\nA list of keys is printed; to create one takes a minute.")
    assert headings(ask(world, question))[0] != "How do I revoke a key?"


def test_documents_in_the_language_of_the_question_are_preferred(world: World) -> None:
    add(world, "kettles.md", "# Kettles\n\n## Why they whistle\n\nSteam makes a kettle whistle.")
    add(world, "水壶.md", "# 水壶\n\n## 为什么会响\n\n水烧开以后，蒸汽冲过壶嘴，所以水壶会响。")
    write_vectors()
    for question, name in (
        ("水壶烧开为什么会响？", "水壶.md"),
        ("Why does a kettle whistle?", "kettles.md"),
    ):
        assert {chunk.document_name for chunk in ask(world, question).chunks} == {name}


def test_the_other_language_answers_what_only_it_tells(world: World) -> None:
    add(world, "kettles.md", "# Kettles\n\nThe kettle is switched off by a strip of two metals.")
    add(world, "水壶.md", "# 水壶\n\n水壶用来烧水，有铁的，也有铜的。")
    write_vectors()
    assert ask(world, "两种金属的条有什么用？").chunks[0].document_name == "kettles.md"


@pytest.mark.parametrize(
    "question",
    ["What does KETTLE_LIMIT_S do?", "KETTLE_LIMIT_S 是什么意思？", "How heavy is the K300?"],
)
def test_a_similar_name_is_not_the_one_that_is_asked_for(world: World, question: str) -> None:
    text = "`KETTLE_LIMIT_ML` is how much water a kettle takes. The K200 weighs 900 grams."
    add(world, "settings.md", f"# Settings\n\n{text}")
    assert ask(world, question).confidence == 0


def test_what_is_named_by_a_code_is_told_of_it_in_whichever_language(world: World) -> None:
    add(world, "kettles.md", "# Kettle K1\n\nThe K1 has a capacity of 0.9 litres.")
    add(world, "咖啡机.md", "# 咖啡机\n\n水箱的容量是1.8升，豆仓的容量是250克。")
    write_vectors()
    assert ask(world, "K1 水壶的容量是多大？").chunks[0].document_name == "kettles.md"


def test_a_pair_of_characters_across_two_words_is_not_missing(world: World) -> None:
    add(world, "差旅.md", "# 差旅制度\n\n出差的标准：经理住宿每晚不超过五百元，其他员工三百元。")
    for number in range(8):
        add(world, f"{number}.md", f"# 第{number}章\n\n第{number}章讲的是考勤和请假。")
    assert ask(world, "经理出差住宿标准").confidence >= 0.5


def write_vectors() -> None:
    while write_some_vectors():
        pass


def test_a_heading_with_sections_below_it_may_ask_the_same(world: World) -> None:
    sections = "\n\n".join(
        f"### {heading}\n\n{text}"
        for heading, text in (
            ("水温", "花茶用八十度的水，果茶要用沸水。"),
            ("时间", "花茶泡两分钟，果茶泡五分钟。"),
        )
    )
    add(world, "茶.md", f"# 茶\n\n## 怎样泡好一杯茶\n\n{sections}")
    for number in range(4):
        add(world, f"{number}.md", f"# 果茶{number}\n\n果茶是用水果做的，第{number}种很甜。")
    assert headings(ask(world, "如何泡果茶？"))[0] == "水温"


KETTLE = """# Kettle

## Safety

Children may not use the kettle. Do not open the lid.

## Data

Weight: 1.1 kg without the base. The cable is long.
"""


@pytest.mark.parametrize("question", ["Who designed the kettle?", "How tall is the kettle?"])
def test_a_question_of_which_only_the_subject_is_known_is_refused(
    world: World, question: str
) -> None:
    add(world, "kettle.md", KETTLE)
    assert ask(world, question).confidence < 0.5


def test_a_question_is_searched_in_words_of_the_documents(world: World) -> None:
    add(world, "kettle.md", KETTLE)
    found = ask(world, "How heavy is the kettle?")
    assert found.reworded == found.searched_question == "How much weight is the kettle?"
    assert found.confidence >= 0.5
