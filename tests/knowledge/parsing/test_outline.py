"""Reading reStructuredText, AsciiDoc, Org and LaTeX: their headings are places."""

from __future__ import annotations

import pytest

from knowledge.parsing.read_file import read_file

RST = """========
Tea pots
========

Round.

Kinds
-----
Iron.

Old ones
~~~~~~~~
Clay.

茶壶
----
热水。

=====  ====
Size   Cost
=====  ====
"""
ADOC = "= Tea pots\n\nRound.\n\n== Kinds\nIron.\n----\n== code\n----\n=== Old ones\nClay.\n"
ORG = "#+TITLE: Tea pots\n\n* Kinds\nIron.\n** Old ones\nClay.\n - * no\n"
TEX = r"""\documentclass{article}
\title{Tea pots}
\section*{Kinds of \emph{pots}} \label{kinds}
Iron.
\subsection[Old]{Old~ones}
Clay.
"""


def places(name: str, text: str) -> list[str]:
    return [section.place for section in read_file(name, text.encode())]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "a.rst",
            RST,
            ["Tea pots", "Tea pots › Kinds", "Tea pots › Kinds › Old ones", "Tea pots › 茶壶"],
        ),
        ("a.adoc", ADOC, ["Tea pots", "Tea pots › Kinds", "Tea pots › Kinds › Old ones"]),
        ("a.org", ORG, ["Tea pots › Kinds", "Tea pots › Kinds › Old ones"]),
        (
            "a.tex",
            TEX,
            ["", "Tea pots › Kinds of pots", "Tea pots › Kinds of pots › Old ones"],
        ),
    ],
)
def test_headings_are_places(name: str, text: str, expected: list[str]) -> None:
    assert places(name, text.replace("\n", "\r\n")) == expected


def test_all_else_stays_as_it_was_written() -> None:
    assert "=====  ====\nSize   Cost" in read_file("a.rst", RST.encode())[-1].text
    assert read_file("a.adoc", ADOC.encode())[1].text == "Iron.\n----\n== code\n----"


@pytest.mark.parametrize("name", ["a.rst", "a.adoc", "a.org", "a.tex"])
def test_a_text_without_headings_is_read(name: str) -> None:
    assert read_file(name, b"Tea.\n\n- hot\n")[0].text == "Tea.\n\n- hot"
