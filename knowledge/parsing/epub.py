"""Reads e-books (EPUB): their chapters, in the order of reading."""

from __future__ import annotations

from posixpath import dirname, join, normpath
from urllib.parse import unquote
from zipfile import ZipFile

from lxml import etree

from knowledge.parsing import html
from knowledge.parsing.progress import counted
from knowledge.parsing.zip_package import open_package
from knowledge.text.section import Section

PARSER = {"resolve_entities": False, "no_network": True, "recover": True}


def read(data: bytes) -> list[Section]:
    with ZipFile(open_package(data, allow_doctype=True)) as archive:
        [package_name] = _xml(archive, "META-INF/container.xml").xpath(
            "(//@*[local-name()='full-path'])[1]"
        )
        package = _xml(archive, package_name)
        title = " ".join("".join(package.xpath("(//*[local-name()='title'])[1]//text()")).split())
        sections = []
        for name in counted(_chapters(package, dirname(package_name))):
            if name in archive.NameToInfo:
                sections += html.read(archive.read(name))
    return [Section(section.place, section.text, title) for section in sections]


def _chapters(package: etree._Element, folder: str) -> list[str]:
    items = {
        item.get("id"): normpath(join(folder, unquote(item.get("href", ""))))
        for item in package.xpath("//*[local-name()='manifest']/*")
        if "html" in item.get("media-type", "")
    }
    order = package.xpath("//*[local-name()='spine']/*/@idref")
    return [items[identifier] for identifier in order if identifier in items]


def _xml(archive: ZipFile, name: str) -> etree._Element:
    # A parser of its own for each file: one that is used again keeps what it has seen.
    return etree.fromstring(archive.read(name), etree.XMLParser(**PARSER))
