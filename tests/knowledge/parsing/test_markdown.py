"""Reading Markdown: headings become places, all other text stays as written."""

from __future__ import annotations

from knowledge.parsing.markdown import read
from knowledge.text.section import Section


def places(text: str) -> list[str]:
    return [section.place for section in read(text.encode())]


def texts(text: str) -> list[str]:
    return [section.text for section in read(text.encode())]


def test_headings_are_nested() -> None:
    text = "# Guide\nHello.\n## Install\nDo it.\n### On Debian\napt\n## Use\nGo."
    assert places(text) == [
        *("Guide", "Guide › Install", "Guide › Install › On Debian", "Guide › Use"),
    ]


def test_text_stays_as_it_is_written() -> None:
    body = "One  *two*\n\n    code\n- a\n  - b\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    assert texts(f"# Title\n\n{body}\n") == [body]


def test_headings_may_be_underlined() -> None:
    assert places("Guide\n=====\n\nHello.\n\nInstall\n---\nDo it.") == ["Guide", "Guide › Install"]


def test_rules_lists_and_tables_are_not_headings() -> None:
    text = "Some text\nmore text\n---\n\n- item\n---\n\na | b\n--- | ---\n\n***"
    assert texts(text) == [text]


def test_code_has_no_headings() -> None:
    text = "```sh\n# a comment\n~~~\n````\n# text\n\n~~~~\n```\n# code\n~~~~"
    assert places(text) == ["", "text"]


def test_a_heading_with_nothing_below_it_is_text() -> None:
    assert read(b"# Guide\n## Empty\n## Full\ntext") == [
        Section("Guide › Empty", "Empty", "Guide"),
        Section("Guide › Full", "text", "Guide"),
    ]


def test_places_have_no_markup() -> None:
    text = "# **The** `serve` command {#serve}\na\n## See [the guide](guide.md) ##\nb\n#hashtag"
    assert places(text) == ["The serve command", "The serve command › See the guide"]


def test_the_title_is_the_front_matter_or_the_first_heading() -> None:
    assert read(b'---\ntitle: "Tea"\ntags: [a]\n---\nText.') == [Section("", "Text.", "Tea")]
    assert read(b"## Part\na\n# Tea\nb")[0].title == "Tea"
    assert texts("---\nA rule above.\n---\nAnd below.") == ["---\nA rule above.\n---\nAnd below."]


def test_windows_line_ends_are_read() -> None:
    assert texts("# A\r\nb\r\nc\r\n") == ["b\nc"]
