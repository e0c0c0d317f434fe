"""What is retrieved for a question of a kind, besides what has most of its words."""

from __future__ import annotations

import pytest

from chat.answers.retrieval import Retrieved, retrieve
from chat.answers.turn import Turn
from core.ids import new_id
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
