"""Reading data: JSON, JSON Lines and XML."""

from __future__ import annotations

import json
from typing import Any

import pytest

from knowledge.errors import Unreadable
from knowledge.parsing.read_file import read_file
from knowledge.text.section import Section

BOOK = """<?xml version="1.0" encoding="gb2312"?><!DOCTYPE book [<!ENTITY tea "绿茶">]>
<book><title>茶</title><chapter id="c1"><title>泡茶</title><para>用&tea;，<emphasis>水</emphasis>要
热。</para><table><row><entry>A</entry><entry>B</entry></row><row><entry>1</entry><entry>2</entry>
</row></table></chapter></book>"""
FEED = """<rss><channel><title>Tea news</title><item><title>New pot</title>
<pubDate>Monday</pubDate>
<description>&lt;p&gt;It is &lt;b&gt;round&lt;/b&gt;.&lt;/p&gt;</description>
</item></channel></rss>"""
ENTITIES = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 20}'>" for n in range(1, 10))
BOMB = f"<!DOCTYPE a [<!ENTITY a0 'tea tea tea tea'>{ENTITIES}]><a>&a9;</a>"


def sections_of(name: str, value: Any) -> list[Section]:
    return read_file(name, json.dumps(value, ensure_ascii=False).encode())


def test_the_parts_of_an_object_are_places_and_values_keep_their_names() -> None:
    value = {
        "title": "Shop",
        "open": True,
        "closed": None,
        "teas": [
            {"name": "Sencha", "price": {"amount": 3, "tags": ["green", "new"]}},
            {"name": "Bancha", "picture": "data:image/png;base64," + "iVBORw0K" * 99},
        ],
    }
    assert sections_of("a.json", value) == [
        Section("", "title: Shop\nopen: true", "Shop"),
        Section(
            "teas",
            "name: Sencha\nprice › amount: 3\nprice › tags: green, new\n\nname: Bancha",
            "Shop",
        ),
    ]


def test_tags_in_the_text_are_left_out_if_they_are_those_of_a_page() -> None:
    xml = """<a><p>&lt;b&gt;Tea&lt;/b&gt; is hot.</p><p>Write &lt;jar id="1"/&gt;.</p></a>"""
    [section] = read_file("a.xml", xml.encode())
    assert section.text == 'Tea is hot.\n\nWrite <jar id="1"/>.'


def test_json_whose_values_are_all_empty_is_read_as_text() -> None:
    [section] = read_file("a.json", b'{"checkOnly": ""}')
    assert "checkOnly" in section.text


def test_a_drawing_gives_its_labels() -> None:
    svg = """<svg xmlns="http://www.w3.org/2000/svg"><title>Pots</title><path d="M0 0"/>
    <style>a {}</style><g><text x="1">A <tspan>round</tspan> pot</text></g></svg>"""
    assert read_file("a.svg", svg.encode()) == [Section("", "Pots\nA round pot", "Pots")]


def test_each_line_of_json_lines_is_a_paragraph_and_a_broken_one_stays_text() -> None:
    data = b'{"q": "Tea?", "a": "Yes."}\n{"q": \n["x", 1]\n'
    [section] = read_file("a.jsonl", data)
    assert section.text == 'q: Tea?\na: Yes.\n\n{"q":\n\nx, 1'.replace('"q":', '"q": ')


@pytest.mark.parametrize("text", ['// settings\n{"a": 1}', '{"a": [1, 2', "tea"])
def test_what_is_no_json_stays_text(text: str) -> None:
    assert read_file("a.json", text.encode()) == [Section("", text)]


@pytest.mark.parametrize(("name", "level"), [("a.json", b"["), ("a.xml", b"<a>")])
def test_what_is_nested_without_end_is_refused(name: str, level: bytes) -> None:
    with pytest.raises(Unreadable, match="nested too deeply"):
        read_file(name, level * 100_000)


def test_names_are_cut_and_only_the_last_are_said() -> None:
    [section] = sections_of("a.json", [{"a" * 99: {"b": {"c": {"d": 1}}}}])
    assert section.text == "b › c › d: 1"


def test_a_book_has_its_titles_as_places_in_the_declared_encoding() -> None:
    assert read_file("a.xml", BOOK.encode("gb2312")) == [
        Section("茶 › 泡茶", "用绿茶，水要 热。\n\n\n| A | B |\n| --- | --- |\n| 1 | 2 |", "茶")
    ]


def test_a_feed_is_read_without_its_markup() -> None:
    assert read_file("feed", b"<?xml version='1.0'?>" + FEED.encode()) == [
        Section("Tea news › New pot", "pubDate: Monday\nIt is round.", "Tea news")
    ]


def test_a_title_alone_is_text() -> None:
    assert read_file("a.xml", b"<feed><title>Tea</title></feed>")[0].text == "Tea"


def test_data_keeps_its_names() -> None:
    xml = '<teas><tea name="Sencha" id="7"><price unit="EUR">3</price><new/></tea></teas>'
    [section] = read_file("a.xml", xml.encode())
    assert section.text == "tea: name: Sencha\nprice (unit: EUR): 3"


def test_what_is_no_xml_stays_text_and_a_page_is_a_page() -> None:
    assert read_file("a.xml", b"just tea") == [Section("", "just tea")]
    page = b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><h1>Tea</h1>Cups."
    assert read_file("a.xml", page) == [Section("Tea", "Cups.", "Tea")]


def test_entities_that_grow_are_refused_and_files_are_not_read() -> None:
    with pytest.raises(Unreadable, match="too complex"):
        read_file("a.xml", BOMB.encode())
    xml = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><b>tea</b>&x;</a>'
    assert "root" not in read_file("a.xml", xml.encode())[0].text
