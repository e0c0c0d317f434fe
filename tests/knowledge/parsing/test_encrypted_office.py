"""Reading Office files that Excel opens without asking for a password."""

from __future__ import annotations

import pytest

from knowledge.errors import Unreadable
from knowledge.parsing import office_encryption
from knowledge.parsing.read_file import read_file
from tests.support.encrypted_office import MAKERS, make_agile
from tests.support.office_files import make_docx, make_xlsx

each_way = pytest.mark.parametrize("how", MAKERS)


@each_way
def test_the_password_that_every_excel_knows_is_not_asked_for(how: str) -> None:
    # In several segments, each of which has a vector of its own.
    rows: list[list[object]] = [["Tea", "Price"], *(["Sencha", number] for number in range(2000))]
    sheet = make_xlsx({"Prices": rows})
    encrypted = MAKERS[how](sheet)
    assert read_file("a.xlsx", encrypted) == read_file("a.xlsx", sheet)


@each_way
def test_documents_may_be_encrypted_so_too(how: str) -> None:
    assert read_file("a.docx", MAKERS[how](make_docx())) == read_file("a.docx", make_docx())


@each_way
def test_a_file_with_a_password_of_its_own_is_refused(how: str) -> None:
    with pytest.raises(Unreadable, match="protected by a password"):
        read_file("a.docx", MAKERS[how](make_docx(), password="teapot"))


@pytest.mark.parametrize(
    "broken",
    [
        make_agile(make_docx(), hash_name="unknown"),
        make_agile(make_docx()).replace(b'spinCount="100"', b'spinCount="9e9"'),
        make_agile(make_docx()).replace(b"<encryption", b"<<ncryption"),
        make_agile(make_docx()).replace(b"\4\0\4\0\x40", b"\4\0\1\0\x40"),
    ],
    ids=["hash", "number", "XML", "version"],
)
def test_what_is_encrypted_otherwise_is_refused(broken: bytes) -> None:
    with pytest.raises(Unreadable, match="protected by a password"):
        read_file("a.docx", broken)


def test_a_key_that_takes_long_to_make_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office_encryption, "MAX_ROUNDS", 10)
    with pytest.raises(Unreadable, match="protected by a password"):
        read_file("a.docx", make_agile(make_docx()))
