"""Small e-books, notebooks and open spreadsheets, written by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from zipfile import ZipFile

CONTAINER = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
BOOK = """<?xml version="1.0"?><!DOCTYPE package><package xmlns="http://www.idpf.org/2007/opf"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Tea</dc:title></metadata>
 <manifest><item id="lost" href="missing.xhtml" media-type="application/xhtml+xml"/>
 {items}</manifest>
 <spine>{order}<itemref idref="lost"/></spine></package>"""
ODS = "application/vnd.oasis.opendocument.spreadsheet"
CONTENT = """<office:document-content office:version="1.2"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/">
 <office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>
 <table:table table:name="Prices" table:style-name="{style}">{rows}</table:table>
 </office:spreadsheet></office:body></office:document-content>"""


MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
)


ODT = "application/vnd.oasis.opendocument.text"
ODP = "application/vnd.oasis.opendocument.presentation"
NAMESPACES = (
    " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"'
        for name, path in {
            **dict.fromkeys(("office", "text", "table", "style", "presentation", "chart"), ""),
            "draw": "drawing",
            "svg": "svg-compatible",
            "manifest": "manifest",
        }.items()
        for path in [path or name]
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'
)


def make_zip(parts: Mapping[str, str]) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def make_epub(*chapters: str) -> bytes:
    """Its files come in the opposite order of its chapters, and their names have a space."""
    names = [f"chapter {number}" for number in range(len(chapters))]
    items = "".join(
        f'<item id="{name}" href="text/{name.replace(" ", "%20")}.xhtml"'
        ' media-type="application/xhtml+xml"/>'
        for name in reversed(names)
    )
    order = "".join(f'<itemref idref="{name}"/>' for name in names)
    texts = {
        f"OPS/text/{name}.xhtml": f"<html><body>{chapter}</body></html>"
        for name, chapter in reversed([*zip(names, chapters, strict=True)])
    }
    package = BOOK.format(items=items, order=order)
    book = {"META-INF/container.xml": CONTAINER, "OPS/book.opf": package}
    return make_zip({"mimetype": "application/epub+zip", **book, **texts})


def make_ods(rows: Sequence[Sequence[str]]) -> bytes:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    lines = (f"<table:table-row>{''.join(map(cell.format, row))}</table:table-row>" for row in rows)
    return make_ods_of("".join(lines))


def make_ods_of(rows: str, styles: str = "", style: str = "ta1", **objects: str) -> bytes:
    content = CONTENT.format(rows=rows, styles=styles, style=style)
    return _open_document(ODS, content, objects)


def make_open_chart(title: str, *rows: Sequence[str]) -> str:
    """With a table whose cells also say from where they have their values."""
    origin = "<draw:g><svg:desc>A1</svg:desc></draw:g>"
    cell = f"<table:table-cell><text:p>{{}}</text:p>{origin}</table:table-cell>"
    table = "".join(
        f"<table:table-row>{''.join(map(cell.format, row))}</table:table-row>" for row in rows
    )
    chart = (
        f"<chart:title><text:p>{title}</text:p></chart:title><chart:plot-area><chart:series/>"
        f"</chart:plot-area><table:table><table:table-rows>{table}</table:table-rows></table:table>"
    )
    return (
        f"<office:document-content {NAMESPACES}><office:body><office:chart><chart:chart>{chart}"
        "</chart:chart></office:chart></office:body></office:document-content>"
    )


OPEN_CHART = make_open_chart("Cups", ("", "Green"), ("May", "25%"), ("June", "50%"))


def make_long_epub(chapters: int) -> bytes:
    return make_epub(*["<h1>Tea</h1>" + "<p>Some tea.</p>" * 50] * chapters)


def make_long_ods(rows: int) -> bytes:
    return make_ods([("Name", "Price"), *[("Tea", "3")] * rows])


def make_long_notebook(cells: int) -> bytes:
    cell = {"cell_type": "code", "source": "print(1)", "outputs": [{"text": "1"}]}
    return json.dumps({"cells": [cell] * cells}).encode()


def make_flat_document(kind: str, body: str, styles: str = "") -> str:
    """`kind` is "text" or "presentation"; `styles` are the automatic ones."""
    return (
        f"<office:document {NAMESPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document>"
    )


def make_odt(body: str, styles: str = "", **objects: str) -> bytes:
    return _open_document(ODT, make_flat_document("text", body, styles), objects)


def make_odp(body: str) -> bytes:
    return _open_document(ODP, make_flat_document("presentation", body), {})


def _open_document(mimetype: str, content: str, objects: Mapping[str, str]) -> bytes:
    parts = {"mimetype": mimetype, "content.xml": content, "META-INF/manifest.xml": MANIFEST}
    return make_zip(parts | {f"{name}/content.xml": xml for name, xml in objects.items()})


def make_long_odt(paragraphs: int) -> bytes:
    note = "<text:note><text:note-citation>1</text:note-citation><text:note-body/></text:note>"
    return make_odt(
        f"<text:p>Tea{note} cups</text:p><text:list><text:list-item/></text:list>" * paragraphs
    )
