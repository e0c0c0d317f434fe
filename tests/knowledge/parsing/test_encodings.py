"""Texts in the encodings that people use, with and without a declaration."""

from __future__ import annotations

import random

import pytest

from knowledge.errors import Unreadable
from knowledge.parsing.encodings import decode
from knowledge.parsing.read_file import read_file

TEXTS = {
    "zh": "绿茶用七十度的水来泡才好喝，红茶则可以用沸水，味道会更浓一些。茶壶要先用热水温过。",
    "tw": "綠茶要用七十度的水來泡才好喝，紅茶則可以用沸水，味道會更濃一些。茶壺要先用熱水溫過。",
    "ja": "緑茶は七十度のお湯で淹れると美味しくなります。紅茶には沸騰したお湯を使ってください。",
    "ko": "녹차는 칠십 도의 물로 우려야 맛이 좋습니다. 홍차는 끓는 물을 쓰면 맛이 더 진해집니다.",
    "ru": "Зелёный чай заваривают водой в семьдесят градусов, а чёрный можно заливать кипятком.",
    "fr": "Le thé vert se prépare avec de l’eau à soixante-dix degrés ; le thé noir, lui, préfère"
    " l’eau bouillante. Après l’été, à Noël, où que vous soyez, goûtez-le très chaud.",
    "de": "Grüner Tee schmeckt am besten mit siebzig Grad heißem Wasser; schwarzer Tee verträgt"
    " auch kochendes. Für größere Kannen müssen Sie die Blätter länger ziehen lassen.",
    "cs": "Zelený čaj chutná nejlépe s vodou o teplotě sedmdesáti stupňů, černý čaj snese i vařící"
    " vodu. Příliš dlouhé louhování způsobuje hořkou chuť, která se těžko napravuje.",
    "el": "Το πράσινο τσάι θέλει νερό εβδομήντα βαθμών, ενώ το μαύρο τσάι αντέχει και βραστό νερό.",
    "he": "תה ירוק טעים יותר כשהמים בחום של שבעים מעלות, ואילו תה שחור אפשר להכין גם במים רותחים.",
    "th": "ชาเขียวควรชงด้วยน้ำอุณหภูมิเจ็ดสิบองศา ส่วนชาดำใช้น้ำเดือดได้และรสชาติจะเข้มข้นขึ้น",
}
ENCODINGS = {
    "zh": ["gb18030", "gbk", "utf-16-le", "utf-32-be"],
    "tw": ["big5", "utf-16-be"],
    "ja": ["shift_jis", "euc_jp", "iso2022_jp"],
    "ko": ["euc_kr", "cp949", "iso2022_kr"],
    "ru": ["cp1251", "koi8_r", "cp866", "iso8859_5"],
    "fr": ["cp1252", "utf-16-le"],
    "de": ["cp1252", "latin-1", "utf-32-le"],
    "cs": ["cp1250"],
    "el": ["cp1253"],
    "he": ["cp1255"],
    "th": ["tis_620"],
}
# Those of Unicode declare themselves by a mark, which pages in them have.
DECLARED = [
    (language, encoding)
    for language in TEXTS
    for encoding in ENCODINGS[language]
    if not encoding.startswith("utf")
]
CASES = [(language, encoding) for language in TEXTS for encoding in ENCODINGS[language]]


@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_a_text_that_declares_nothing_is_recognised(language: str, encoding: str) -> None:
    text = TEXTS[language]
    [section] = read_file("a.txt", (text + "\n" + text).encode(encoding))
    assert section.text == text + "\n" + text


@pytest.mark.parametrize(("language", "encoding"), DECLARED)
def test_a_declared_encoding_is_believed(language: str, encoding: str) -> None:
    script = f"<script>{'x' * 5000}</script>"
    page = f"<html><head>{script}<meta http-equiv=a content='text/html; charset={encoding}'></head>"
    [section] = read_file("a.html", f"{page}<p>{TEXTS[language][:12]}".encode(encoding))
    assert section.text == TEXTS[language][:12].strip()


def test_a_wrong_declaration_is_not_believed() -> None:
    text = TEXTS["zh"]
    assert decode(f'<?xml version="1.0" encoding="big5"?><p>{text}'.encode()).endswith(text)
    assert decode(f'<meta charset="punycode">{text}'.encode("gb18030")).endswith(text)
    assert decode(f'<meta charset="no such">{text}'.encode("gb18030")).endswith(text)


def test_rare_characters_are_believed_where_their_encoding_is_declared() -> None:
    page = f"<meta charset=x-sjis><p>{'鑷檗櫟欅' * 9}"
    assert decode(page.encode("cp932")) == page


def test_a_page_of_the_west_that_declares_nothing_is_in_the_encoding_of_windows() -> None:
    assert read_file("a.html", "<p>“Thé”".encode("cp1252"))[0].text == "“Thé”"


@pytest.mark.parametrize("seed", range(20))
def test_what_stays_unlikely_is_refused(seed: int) -> None:
    data = bytes(random.Random(seed).choices(range(0x21, 0x100), k=500))
    with pytest.raises(Unreadable, match="encoding of the text is not recognised"):
        decode(data)


@pytest.mark.parametrize("length", [1, 2, 3, 5, 8])
def test_short_texts_in_gb18030_are_read(length: int) -> None:
    assert decode(TEXTS["zh"][:length].encode("gb18030")) == TEXTS["zh"][:length]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Thé vert, très léger, où l'on goûte la forêt", "cp1252"),
        ("Schöne Grüße aus dem Teehaus", "cp1252"),
        ("¿Cuántas tazas de té hay mañana?", "cp1252"),
        ("Não são as xícaras de chá", "cp1252"),
        ("På grønne øer drikker man også te", "cp1252"),
        ("Þetta er gott te, það er grænt", "cp1252"),
        ("Herbata jest też bardzo świeża", "cp1250"),
        ("Zielona herbata, którą piję", "iso8859_2"),
        ("Čaj je příliš hořký", "cp1250"),
        ("A zöld tea később lesz kész, ő tudja", "cp1250"),
        ("Yeşil çay bardağı sıcak", "cp1254"),
        ("Žalioji arbata yra šviežia ir kvapnesnė", "cp1257"),
        ("Aldur þeirra er óþekktur", "cp1252"),
        ("Kõik õigused", "cp1257"),
        ("Lūdzu, ievadiet", "cp1257"),
        ("Pridėti naują", "cp1257"),
        ("Introduceţi adresa", "cp1250"),
        ("Zmeniť heslo", "iso8859_2"),
        # Single bytes with words between them are no Chinese.
        ("Name;Ort\nÄpfel;Köln", "cp1252"),
        ("Roheline tee on väga hea, kui vesi jõuab keema", "cp1257"),
    ],
)
def test_the_letters_of_a_short_text_tell_its_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text
