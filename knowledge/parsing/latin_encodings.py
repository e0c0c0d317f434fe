"""Tells the encodings of Latin letters apart in short texts: by the letters that languages have."""

from __future__ import annotations

import re

# What is tried, with the languages that are written so, the likelier ones first.
LANGUAGES: list[tuple[str, str]] = [
    # French, German, Spanish, Portuguese, Italian, Dutch, the Nordic languages, Catalan.
    *(
        ("cp1252", letters)
        for letters in ("àâæçéèêëîïôœùûüÿ", "äöüßé", "áéíñóúüªº", "áâãàçéêíóôõú")
    ),
    *(("cp1252", letters) for letters in ("àèéìíòóù", "éëïóöüèêá", "åäöæøé", "àçéèíïóòúü")),
    # Estonian, before Hungarian, whose letters it has at other places.
    ("cp1257", "äõöüšž"),
    # Polish, Czech and Slovak, Hungarian.
    *(
        (encoding, letters)
        for letters in ("ąćęłńóśźż", "áčďéěíňóřšťúůýžäľĺôŕ", "áéíóöőúüű")
        for encoding in ("cp1250", "iso8859_2")
    ),
    # Turkish, Icelandic.
    *(("cp1254", "çğıöşüâîû\u0307"), ("cp1252", "áðéíóúýþæö")),
    # Croatian and Slovene, Romanian.
    *(
        (encoding, letters)
        for letters in ("čćđšž", "ăâîşţ")
        for encoding in ("cp1250", "iso8859_2")
    ),
    # Lithuanian, Latvian.
    *(("cp1257", letters) for letters in ("ąčęėįšųūž", "āčēģīķļņšūž")),
]
# Letters that do not stand there: in the languages of Western Europe, in Turkish, in Estonian.
UNUSUAL = {
    "cp1252": re.compile(
        r"õ(?!e)|ñ(?![aeiouáéíóú])|æ\b|\bè(?=[aeiouáéíóúýl])|ã(?![oeis]|\b)|[ªº](?=[^\W\d_])"
        r"|ç(?=[^\W\d_aouâáàãóôõú])|(?<=[^\W\d_]{3})[¹³]",
        re.IGNORECASE,
    ),
    "cp1254": re.compile(r"ğ\b", re.IGNORECASE),
    "cp1257": re.compile(r"(?<=\w{3})õ|õ\b", re.IGNORECASE),
}
SPECIAL = re.compile(r"[^\x00-\x7f]")
# Signs that no word has inside, or at its end or start.
INSIDE = re.compile(
    r"(?<=[^\W\d_])(?:[^\w\s\x00-\x7f’‘'·\xad-]+(?=[^\W\d_])|[±¶¼¾¿¡])|[¹²³¼½¾](?=[^\W\d_])"
)
# Beside letters, a text has these.
MARKS = set("“”„‘’‚«»‹›–—…•·°§©®™€£¥¿¡ªº²³½¼¾×÷±µ¶†‡´¨\xa0\xad")


def latin_encoding(data: bytes) -> str:
    """The likeliest one for a text with few bytes beyond ASCII."""
    return min(LANGUAGES, key=lambda one: _strangers(data, *one))[0]


def _strangers(data: bytes, encoding: str, letters: str) -> int:
    """How many characters the language has not, or has not there."""
    text = data.decode(encoding, "replace")
    known = MARKS | set(letters)
    special = SPECIAL.findall(text.lower())
    unusual = len(UNUSUAL[encoding].findall(text)) if encoding in UNUSUAL else 0
    return sum(sign not in known for sign in special) + len(INSIDE.findall(text)) + unusual
