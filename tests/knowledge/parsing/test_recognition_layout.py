"""The order in which a recognised page is read: column by column, and tables row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from knowledge.parsing.recognition_layout import Box, blocks

LINE = "some words of a text that goes on"
HEIGHT, PITCH = 30, 40


def lines(left: int, count: int, name: str, top: int = 200, wide: int = 500) -> list[Box]:
    """Of a paragraph, whose last line is short."""
    return [
        box(left, top + at * PITCH, wide if at < count - 1 else wide // 3, f"{name}{at} {LINE}")
        for at in range(count)
    ]


def box(left: int, top: int, wide: int, text: str) -> Box:
    return Box(left, left + wide, top, top + HEIGHT, text)


def order(*boxes: Box) -> list[str]:
    """The first words of the lines, as they are read: those of the engine come from the top."""
    from_top = sorted(boxes, key=lambda one: (one.top, one.left))
    return [one.text.split()[0] for block in blocks(from_top) for column in block for one in column]


def names(name: str, count: int, first: int = 0) -> Iterator[str]:
    return (f"{name}{at}" for at in range(first, first + count))


def test_columns_are_read_one_after_the_other() -> None:
    assert order(*lines(100, 6, "a"), *lines(640, 5, "b")) == [*names("a", 6), *names("b", 5)]
    three = [*lines(100, 6, "a", wide=320), *lines(450, 6, "b", wide=320)]
    three += lines(800, 6, "c", wide=320)
    assert order(*three) == [*names("a", 6), *names("b", 6), *names("c", 6)]


def test_what_goes_over_all_columns_divides_them() -> None:
    def both(top: int, first: str, second: str) -> Sequence[Box]:
        return [*lines(100, 5, first, top), *lines(640, 5, second, top)]

    title = box(200, 100, 800, "title")
    caption = box(100, 420, 1000, "caption")
    page = [title, *both(200, "a", "b"), caption, *both(480, "c", "d")]
    assert order(*page) == [
        *("title", *names("a", 5), *names("b", 5), "caption", *names("c", 5), *names("d", 5)),
    ]


def test_rows_of_tables_and_forms_stay_together() -> None:
    labels = ("Name", "Address", "Telephone", "Reason", "Date", "Remarks")
    form = [box(100, 200 + at * PITCH, 150, label) for at, label in enumerate(labels)]
    form += lines(400, 6, "value")
    assert order(*form) == [
        word for at, label in enumerate(labels) for word in (label, f"value{at}")
    ]
    cells = [
        box(left, 200 + at * PITCH, 90, f"{left}-{at}") for at in range(6) for left in (1, 400)
    ]
    assert order(*cells) == [one.text for one in cells]


def test_a_page_of_one_column_is_one_block() -> None:
    assert len(list(blocks(lines(100, 20, "a", wide=1000)))) == 1
    assert order() == []
