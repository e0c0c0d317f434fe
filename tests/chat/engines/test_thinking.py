"""A model's thinking, told apart from its answer wherever the stream is cut."""

from hypothesis import example, given
from hypothesis import strategies as st

from chat.engines.base import Event
from chat.engines.openai.thinking import Thoughts
from tests.support.engine_prompts import reasoning_of, text_of
from tests.support.text_cutting import cut_anywhere

PARTS = st.lists(st.sampled_from(["<think>", "</think>", "<", "</th", "ink>", " ", "\n", "ab"]))


def tell_apart(pieces: list[str]) -> tuple[str, str]:
    thoughts = Thoughts()
    events: list[Event] = [event for piece in pieces for event in thoughts.feed(piece)]
    events += thoughts.finish()
    return reasoning_of(events), text_of(events)


def test_it_works() -> None:
    assert tell_apart(["<think>\nLet me see.\n</think>\n\nIt is."]) == ("Let me see.\n", "It is.")


def test_a_tag_may_come_in_pieces() -> None:
    assert tell_apart(["<th", "ink>hm</", "think", ">yes"]) == ("hm", "yes")


def test_text_is_not_held_back() -> None:
    thoughts = Thoughts()

    assert text_of(thoughts.feed("a < b")) == "a < b"
    assert text_of(thoughts.feed(" and <b")) == " and <b"


def test_thinking_that_never_ends_is_no_answer() -> None:
    assert tell_apart(["<think>hm", ", well</thin"]) == ("hm, well</thin", "")


@given(PARTS.map("".join).flatmap(cut_anywhere))
@example(["", "<think>"])
def test_where_it_is_cut_makes_no_difference(pieces: list[str]) -> None:
    assert tell_apart(pieces) == tell_apart(["".join(pieces)])
