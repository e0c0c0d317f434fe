"""Reading e-mails of several parts, mails within mails, and saved pages."""

from __future__ import annotations

from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from knowledge.parsing.read_file import read_file
from knowledge.text.section import Section

SAVED = b"""From: <Saved by Blink>
Subject: Tea
Content-Type: multipart/related; type="text/html"; boundary="b"

--b
Content-Type: text/html
Content-Transfer-Encoding: quoted-printable

<h1>Green tea</h1><p>Caf=C3=A9 pots =
are fine.</p><h2>Care</h2><p>No soap.</p>
--b
Content-Type: text/html

<p>An advertisement.</p>
--b--
"""


def test_all_parts_of_a_mail_are_read_and_of_alternatives_the_text() -> None:
    mail = MIMEMultipart()
    both = MIMEMultipart("alternative")
    both.attach(MIMEText("<p>Dear <b>Bob</b>", "html"))
    both.attach(MIMEText("Dear Bob"))
    parts = (both, MIMEApplication(b"1", name="pot.bin"), MIMEText("Grüße", "plain", "utf-8"))
    for part in parts:
        mail.attach(part)
    [section] = read_file("a.eml", mail.as_bytes())
    assert section.text == "Attached: pot.bin\n\nDear Bob\n\nGrüße"


def test_the_page_is_read_where_the_text_is_empty() -> None:
    mail = EmailMessage()
    mail.set_content("\n")
    mail.add_alternative("<p>Two cups.", subtype="html")
    assert read_file("a.eml", mail.as_bytes())[0].text == "Two cups."


def test_a_forwarded_mail_is_read() -> None:
    inner, outer = EmailMessage(), EmailMessage()
    inner["Subject"], outer["Subject"] = "Cups", "Fwd"
    inner.set_content("Two cups.")
    outer.set_content("See below.")
    outer.add_attachment(inner)
    [section] = read_file("a.eml", outer.as_bytes())
    assert section.text.split() == [
        "Subject:",
        "Fwd",
        "See",
        "below.",
        "Subject:",
        "Cups",
        "Two",
        "cups.",
    ]


def test_a_saved_page_has_its_headings_and_not_what_belongs_to_it() -> None:
    assert read_file("a.mht", SAVED) == [
        Section("Tea", "From: <Saved by Blink>\nSubject: Tea", "Tea"),
        Section("Tea › Green tea", "Café pots are fine.", "Tea"),
        Section("Tea › Green tea › Care", "No soap.", "Tea"),
    ]
