"""What of a passage can be quoted: sentences, items, rows and code, each told by its kind."""

import pytest

from chat.engines.extractive.passage_units import Kind, answering, statements, units

STEPS = """Run these:

```sh
make run
```

1. Boil water.
2. Pour it, and
   wait.

   ```sh
   sleep 5
   ```
3. Drink."""


def kinds(text: str) -> list[tuple[Kind, str]]:
    return [(unit.kind, unit.text) for unit in units(text)]


def test_code_and_items_stay_whole() -> None:
    assert kinds(STEPS) == [
        (Kind.SENTENCE, "Run these:"),
        (Kind.CODE, "```sh\nmake run\n```"),
        (Kind.ITEM, "Boil water."),
        (Kind.ITEM, "Pour it, and wait."),
        (Kind.CODE, "   ```sh\n   sleep 5\n   ```"),
        (Kind.ITEM, "Drink."),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("of the code\n```\n\nThen read on.", "```\nof the code\n```"),
        ("Resume it.\n\n~~~js\nsocket.send()", "~~~js\nsocket.send()\n~~~"),
    ],
)
def test_code_that_a_passage_cuts_gets_the_missing_fence(text: str, code: str) -> None:
    assert (Kind.CODE, code) in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "Notes on tea\n\nTea is a drink.",
        "# Notes on tea\nTea is a drink.",
        "Notes on tea\nTea is a drink.",
        "1. Tea\n\nTea is a drink.",
        "一、茶\n\nTea is a drink.",
    ],
)
def test_a_heading_is_no_sentence(text: str) -> None:
    heading, sentence = kinds(text)
    assert heading[0] is Kind.HEADING
    assert sentence == (Kind.SENTENCE, "Tea is a drink.")


@pytest.mark.parametrize("text", ["Wifi: tea123\n\nBe quiet.", "It is open.\n\nBe quiet."])
def test_a_short_line_that_says_something_is_no_heading(text: str) -> None:
    assert {unit.kind for unit in units(text)} == {Kind.SENTENCE}


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "| Item | Limit per day | Receipt |\n|---|---|---|\n| Hotel | 150 EUR | yes |\n",
            ["Hotel: limit per day 150 EUR, receipt yes"],
        ),
        (
            (
                "Item · Limit per day · Receipt\n"
                "Item: Hotel · Limit per day: 150 EUR · Receipt: yes\n"
                "Item: Dr. No. Taxi · Receipt: no"
            ),
            ["Hotel: limit per day 150 EUR, receipt yes", "Dr. No. Taxi: receipt no"],
        ),
        (
            "項目: 飯店 · 每日限額: 150元 · 收據: 是",
            ["飯店：每日限額 150元，收據 是"],
        ),
        ("| 项目 | 限额 |\n| --- | --- |\n| 住宿 | 800元 |", ["住宿：限额 800元"]),
        # No head, a cell with a bar, an empty cell, a name that is no word.
        ("| Berlin | 120 |\n| --- | --- |\n| Lyon | 45 |", ["Berlin: 120", "Lyon: 45"]),
        ("| a | URL |\n|---|---|\n| x\\|y | z |\n| w | |", ["x|y: URL z", "w"]),
        ("Day | Monday\n--- | ---\nopen | 9 to 17", ["open: Monday 9 to 17"]),
        # The names of columns that are names.
        ("| Feature | Alpha |\n|---|---|\n| Volume | 1.5 l |", ["Volume: Alpha 1.5 l"]),
        # A value that is a sentence.
        (
            (
                "| Name | Default | Meaning |\n|---|---|---|\n"
                "| `PORT` | 80 | The number of the port on which it listens. See [more](a.md#b). |"
            ),
            ["`PORT`: default 80. The number of the port on which it listens. See more."],
        ),
    ],
)
def test_the_row_of_a_table_is_told_with_its_heads(text: str, sentences: list[str]) -> None:
    assert kinds(text) == [(Kind.ROW, sentence) for sentence in sentences]


def test_a_wide_row_is_told_in_part() -> None:
    row = " · ".join(f"Name {number}: {'x' * 30}" for number in range(40))
    [unit] = units(row)
    assert len(unit.text) < 410


def test_yes_is_told_with_what_follows() -> None:
    assert kinds("Yes. It works in winter. Snow is removed.") == [
        (Kind.SENTENCE, "Yes. It works in winter."),
        (Kind.SENTENCE, "Snow is removed."),
    ]


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("> Said\n> before.", "Said before."),
        ("See [the guide](guide.md) and ![a picture](a.png).", "See the guide and ."),
        ("See [it](https://example.org).", "See [it](https://example.org)."),
        ("- [ ] Buy tea", "Buy tea"),
        (
            "因为编辑器把这一行折断在这里，\n所以不能有空格。",
            "因为编辑器把这一行折断在这里，所以不能有空格。",
        ),
    ],
)
def test_text_is_quoted_without_markup(text: str, quoted: str) -> None:
    assert [unit.text for unit in units(text)] == [quoted]


def test_the_middle_of_a_program_is_no_sentence() -> None:
    code = (
        "} else if (code < 500) {\n  this.fail(message);\n} else {\n  wx.showToast({ title });\n}"
    )
    assert [unit.kind for unit in units(f"{code}\n\nA toast is shown.")] == [
        Kind.CODE,
        Kind.SENTENCE,
    ]
    assert [unit.text for unit in statements(f"{code}\n\nA toast is shown.")] == [
        "A toast is shown."
    ]


def test_semicolons_and_brackets_alone_make_no_program() -> None:
    clauses = "The tenant pays the rent (in advance);\nthe owner keeps the roof whole;"
    assert {unit.kind for unit in units(clauses)} == {Kind.SENTENCE}


@pytest.mark.parametrize(
    "text",
    [
        "问：能退货吗？\n答：七天内可以。\n问：要多久？\n答：三天。",
        "Q: 能退货吗？\nA: 七天内可以。\nQ: 要多久？\nA: 三天。",
    ],
)
def test_the_question_of_a_pair_is_the_heading_of_its_answer(text: str) -> None:
    assert kinds(text) == [
        (Kind.HEADING, "能退货吗？"),
        (Kind.SENTENCE, "七天内可以。"),
        (Kind.HEADING, "要多久？"),
        (Kind.SENTENCE, "三天。"),
    ]


def test_a_numbered_line_above_its_own_text_is_a_heading() -> None:
    text = "1. Budget\nAisha shows the figures.\n\n2. Tasks\n- Tom orders them.\n- Jo waits."
    assert kinds(text) == [
        (Kind.HEADING, "1. Budget"),
        (Kind.SENTENCE, "Aisha shows the figures."),
        (Kind.HEADING, "2. Tasks"),
        (Kind.ITEM, "Tom orders them."),
        (Kind.ITEM, "Jo waits."),
    ]


def test_what_a_text_says_of_itself_answers_nothing() -> None:
    text = "Tea is a drink. This page tells where it comes from."
    assert [unit.text for unit in answering(text)] == ["Tea is a drink."]
    assert [unit.text for unit in answering(text[16:])] == [text[16:]]
