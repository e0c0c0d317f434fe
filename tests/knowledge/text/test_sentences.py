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
        # Inline code, brackets and quotations stay whole.
        ("Run `a. Then b` now. Next.", ["Run `a. Then b` now.", "Next."]),
        (
            "It is old (see Fig. 3. It shows that). Next.",
            ["It is old (see Fig. 3. It shows that).", "Next."],
        ),
        ("他说：“好。我走了。”然后他走了。", ["他说：“好。我走了。”", "然后他走了。"]),
        ("他（生于北京。后来搬家）写作。完。", ["他（生于北京。后来搬家）写作。", "完。"]),
        # Addresses, decimals, versions.
        (
            "See https://a.org/b.c?d=1. Then 2.5.1 came.",
            ["See https://a.org/b.c?d=1.", "Then 2.5.1 came."],
        ),
        (
            "价格是3.5元。见https://a.cn/b?c=1。完",
            ["价格是3.5元。", "见https://a.cn/b?c=1。", "完"],
        ),
        # Abbreviations and initials that end a sentence, or do not.
        ("He lives in the U.S. The house is old.", ["He lives in the U.S.", "The house is old."]),
        (
            "Open until 7 p.m. Monday. Closed at 8 p.m. It rains.",
            ["Open until 7 p.m. Monday.", "Closed at 8 p.m.", "It rains."],
        ),
        ("J. R. R. Tolkien wrote it.", ["J. R. R. Tolkien wrote it."]),
        ("It has vitamin C. It is good.", ["It has vitamin C.", "It is good."]),
        ("Step 3. Close the lid. Done.", ["Step 3. Close the lid.", "Done."]),
        # Lines that are not.
        ("床前明月光\n疑是地上霜", ["床前明月光", "疑是地上霜"]),
        (
            "name: tea · price: 3\nname: coffee with a text on what it tastes like · price: 4",
            [
                "name: tea · price: 3",
                "name: coffee with a text on what it tastes like · price: 4",
            ],
        ),
        (" \n\t ", []),
        ("", []),
    ],
)
def test_a_text_is_split_into_its_sentences(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


@pytest.mark.parametrize(
    "sentence",
    [
        (
            "A paragraph that its author has wrapped at a width of some sixty\n"
            "Columns, where names and other words in capitals may begin the\n"
            "Line after it."
        ),
        "开头的一行有逗号，\n后面接着说。",
        (
            "这一行有二十个以上的汉字所以看得出来它是\n"
            "一段被折行的文字并且一直写到这里还没有完\n"
            "到这里才完。"
        ),
    ],
)
def test_a_sentence_goes_on_in_the_next_line(sentence: str) -> None:
    assert split_sentences(sentence) == [sentence]


def test_nothing_but_white_space_is_lost() -> None:
    text = "Mr. A. B. went (at 5.30 p.m.) home.他說：「走吧！」\nEnd… of 《it》。  "
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())
