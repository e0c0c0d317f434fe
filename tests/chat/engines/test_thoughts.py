"""A model's reasoning is separated from its answer, wherever the stream is cut."""

from hypothesis import example, given
from hypothesis import strategies as st

from chat.engines.base import Event
from chat.engines.thoughts import ThoughtParser
from tests.support.engine_prompts import reasoning_of, text_of
from tests.support.text_cutting import cut_anywhere

PARTS = st.lists(st.sampled_from(["<think>", "</think>", "<", "</th", "ink>", " ", "\n", "ab"]))


def separate(pieces: list[str]) -> tuple[str, str]:
    parser = ThoughtParser()
    events: list[Event] = [event for piece in pieces for event in parser.feed(piece)]
    events += parser.finish()
    return reasoning_of(events), text_of(events)


def test_reasoning_and_answer_are_separated() -> None:
    assert separate(["<think>\nLet me see.\n</think>\n\nIt is."]) == ("Let me see.\n", "It is.")


def test_a_tag_may_come_in_pieces() -> None:
    assert separate(["<th", "ink>hm</", "think", ">yes"]) == ("hm", "yes")


def test_text_that_begins_no_tag_is_not_withheld() -> None:
    parser = ThoughtParser()

    assert text_of(parser.feed("a < b")) == "a < b"
    assert text_of(parser.feed(" and <b")) == " and <b"


def test_reasoning_that_never_ends_is_no_answer() -> None:
    assert separate(["<think>hm", ", well</thin"]) == ("hm, well</thin", "")


@given(PARTS.map("".join).flatmap(cut_anywhere))
@example(["", "<think>"])
@example(["<</thin", "k>\n", "\n"])
def test_where_it_is_cut_makes_no_difference(pieces: list[str]) -> None:
    """For a mark that closes what nothing opened, it does: see above."""
    pieces = ["<think>", *pieces]
    assert separate(pieces) == separate(["".join(pieces)])
