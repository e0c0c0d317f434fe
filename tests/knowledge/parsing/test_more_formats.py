"""Reading e-mails, notebooks, e-books and spreadsheets of other kinds."""

from __future__ import annotations

import json
from email.message import EmailMessage

import pytest

from knowledge.errors import Unreadable
from knowledge.parsing.formats import OLD_OFFICE
from knowledge.parsing.read_file import read_file
from knowledge.text.section import Section
from tests.support.more_files import make_epub, make_ods


def make_mail(html: bool = False) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Alice <alice@example.org>", "bob@example.org"
    mail["Subject"] = "Grüner Tee"
    if html:
        mail.set_content("<p>Two <b>cups</b> please.", subtype="html")
    else:
        mail.set_content("Two cups please.")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="pot.png")
    return mail.as_bytes()


@pytest.mark.parametrize("html", [False, True])
def test_a_mail_has_its_head_its_text_and_the_names_of_its_files(html: bool) -> None:
    [section] = read_file("a.eml", make_mail(html))
    assert section == Section(
        "Grüner Tee",
        "From: Alice <alice@example.org>\nTo: bob@example.org\nSubject: Grüner Tee\n"
        "Attached: pot.png\n\nTwo cups please.",
        "Grüner Tee",
    )


def test_a_mail_in_an_old_encoding_is_read() -> None:
    mail = b"Subject: =?gb2312?B?wsyy6A==?=\nContent-Type: text/plain; charset=gb2312\n\n"
    [section] = read_file("a.eml", mail + "绿茶".encode("gb2312"))
    assert (section.place, section.text.splitlines()[-1]) == ("绿茶", "绿茶")


def test_a_notebook_tells_errors_and_what_is_shown_as_a_page_only() -> None:
    traceback = {"output_type": "error", "traceback": ["\x1b[31mNameError\x1b[0m: tea"]}
    page = {"data": {"text/html": ["<p>Two <b>cups</b>"]}}
    cells = [{"cell_type": "code", "source": "tea", "outputs": [traceback, page]}]
    [section] = read_file("a.ipynb", json.dumps({"cells": cells}).encode())
    shown = [line for line in section.text.split("\n") if line.strip("~")]
    assert shown == ["tea", "NameError: tea", "Two cups"]


def test_old_notebooks_have_sheets_of_cells() -> None:
    sheets = [{}, {"cells": [{"cell_type": "markdown", "source": ["Tea."]}]}]
    assert read_file("a.ipynb", json.dumps({"worksheets": sheets}).encode())[0].text == "Tea."
    with pytest.raises(Unreadable, match="The file has no text"):
        read_file("a.ipynb", json.dumps({"worksheets": [], "nbformat": 3}).encode())


def test_a_notebook_has_text_code_and_what_was_printed_but_no_pictures() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Tea\n", "Some tea."]},
        {
            "cell_type": "code",
            "source": "# brew\nprint(1)",
            "outputs": [
                {"text": ["1\n"]},
                {"data": {"image/png": "iVBORw0KGgo" * 9, "text/plain": "<Figure>"}},
            ],
        },
    ]
    [section] = read_file("a.ipynb", json.dumps({"cells": cells}).encode())
    assert section.place == "Tea"
    assert section.text == (
        "Some tea.\n\n~~~~\n# brew\nprint(1)\n~~~~\n\n~~~~\n1\n~~~~\n\n~~~~\n<Figure>\n~~~~"
    )


@pytest.mark.parametrize("data", [b"[1]", b"{", b'{"cells": 1}', b'{"cells": [1]}'])
def test_what_is_no_notebook_is_damaged(data: bytes) -> None:
    with pytest.raises(Unreadable, match="damaged"):
        read_file("a.ipynb", data)


def test_the_chapters_of_a_book_come_in_the_order_of_reading() -> None:
    book = make_epub("<h1>One</h1><p>Cups.</p>", "<h1>Two</h1><p>Pots.</p>")
    assert read_file("a.epub", book) == [
        Section("One", "Cups.", "Tea"),
        Section("Two", "Pots.", "Tea"),
    ]


def test_sheets_of_open_documents_are_read() -> None:
    workbook = make_ods([("Name", "Price"), ("Tea", "3")])
    assert read_file("a.ods", workbook) == [
        Section("sheet Prices", "Name · Price\nName: Tea · Price: 3")
    ]


@pytest.mark.parametrize(
    ("stream", "sentence"),
    [
        ("WordDocument", "Save it as .docx"),
        ("PowerPoint Document", "Save it as .pptx"),
        ("__properties_version1.0", "Save it as .eml"),
        ("Workbook\0", "damaged"),
    ],
)
def test_old_files_get_the_advice_that_fits_them(stream: str, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read_file("a.bin", OLD_OFFICE + bytes(600) + stream.encode("utf-16-le"))
