"""Splitting text into sentences."""

import pytest

from knowledge.text.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("天亮了。你起来了吗？快走！", ["天亮了。", "你起来了吗？", "快走！"]),
        (
            "Dr. Smith met J. R. Hartley. They spoke.",
            ["Dr. Smith met J. R. Hartley.", "They spoke."],
        ),
        ("Pi is 3.14, see example.org. Good.", ["Pi is 3.14, see example.org.", "Good."]),
        ("Tea, milk, etc. are here, e.g. Assam.", ["Tea, milk, etc. are here, e.g. Assam."]),
        ("See No. 5. He said No. Really.", ["See No. 5.", "He said No.", "Really."]),
        ("1. Install it. 2. Run it.", ["1. Install it.", "2. Run it."]),
        (
            'He said "Stop." She did (really.) Then',
            ['He said "Stop."', "She did (really.)", "Then"],
        ),
        ("他说：“好。”她走了。（完。）再见", ["他说：“好。”", "她走了。", "（完。）", "再见"]),
        ("“What?” he asked. Nobody spoke.", ["“What?” he asked.", "Nobody spoke."]),
        ("A heading\n\nFirst line\n- an item", ["A heading", "First line", "- an item"]),
        ("A line that was\nwrapped. Next", ["A line that was\nwrapped.", "Next"]),
        (
            "A paragraph of some length that was wrapped by its author at\nEarth. A short\nLine",
            [
                "A paragraph of some length that was wrapped by its author at\nEarth.",
                "A short",
                "Line",
            ],
        ),
        (
            "A paragraph of some length in front of a list that follows it at once\n- An item",
            [
                "A paragraph of some length in front of a list that follows it at once",
                "- An item",
            ],
        ),
        ("你在哪裡?我在這裡.好", ["你在哪裡?", "我在這裡.", "好"]),
        ("Spaced out . Like this .", ["Spaced out .", "Like this ."]),
        ("Wait... What?! Oh", ["Wait...", "What?!", "Oh"]),
        ("It was in 12. Then came 13.", ["It was in 12.", "Then came 13."]),
        ("no marks at all", ["no marks at all"]),
        (" \n\t ", []),
        ("", []),
    ],
)
def test_a_text_is_split_into_its_sentences(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


def test_nothing_but_white_space_is_lost() -> None:
    text = "Mr. A. B. went (at 5.30 p.m.) home.他說：「走吧！」\nEnd… of 《it》。  "
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())
