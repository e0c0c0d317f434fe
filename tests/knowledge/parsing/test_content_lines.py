"""Reading contacts and calendars."""

from __future__ import annotations

from knowledge.parsing.read_file import read_file

CARDS = """BEGIN:VCARD
FN:Alice Tea
NOTE:Likes green t
 ea\\, hot.\\nNot black.
PHOTO;ENCODING=b;TYPE=JPEG:{picture}
 {picture}
END:VCARD
BEGIN:VCARD
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0=
=E4=B8=89
TEL;X-NOTE="at: home":123
END:VCARD
"""


def test_lines_are_whole_and_pictures_left_out() -> None:
    [section] = read_file("a.vcf", CARDS.format(picture="QUJD" * 60).replace("\n", "\r\n").encode())
    assert section.text.split("\n") == [
        "BEGIN: VCARD",
        "FN: Alice Tea",
        "NOTE: Likes green tea, hot. Not black.",
        "END: VCARD",
        "",
        "BEGIN: VCARD",
        "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE: 张三",
        'TEL;X-NOTE="at: home": 123',
        "END: VCARD",
    ]


def test_what_has_no_names_stays_as_it_is() -> None:
    assert read_file("a.ics", b"Just tea")[0].text == "Just tea"
