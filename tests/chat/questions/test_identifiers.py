"""Names that are written in one way only."""

import pytest

from chat.questions.identifiers import similar_identifiers, unknown_identifiers

TEXT = "`MAX_FILE_BYTES` and `--max-days`; the X 200 and the Aria 3; code 404."


@pytest.mark.parametrize(
    "question",
    [
        "What does MAX_FILE_BYTES do?",
        "max_file_bytes是什么？",
        "How heavy is the X200?",
        "What does the Aria 3 cost?",
        "What does code 404 mean?",
        "In May 12 people came. Who?",
    ],
)
def test_what_the_texts_have_is_known(question: str) -> None:
    assert unknown_identifiers(question, [TEXT]) == []


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What does MAX_FILE do?", "MAX_FILE"),
        ("What is MAX_FILE_BYTES_2?", "MAX_FILE_BYTES_2"),
        ("What does --days mean?", "--days"),
        ("X300有多重？", "X300"),
        ("X20有多重？", "X20"),
        ("What does the Aria 4 cost?", "Aria 4"),
        ("错误码403是什么意思？", "403"),
        ("关闭码 4401 是什么意思？", "4401"),
    ],
)
def test_what_is_similar_is_not_the_same(question: str, name: str) -> None:
    assert unknown_identifiers(question, [TEXT]) == [name]


def test_similar_names_are_found_as_they_are_written() -> None:
    assert similar_identifiers("MAX_FILE_SIZE", [TEXT]) == ["MAX_FILE_BYTES"]
