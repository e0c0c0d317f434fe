"""The parts of an Office file, found by their relationships rather than by their usual names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from posixpath import dirname, join, normpath
from urllib.parse import unquote
from zipfile import ZipFile

from lxml import etree
from lxml.etree import _Element

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.office.names import SCHEMAS, STRICT, R
from knowledge.parsing.zip_package import open_package

# Where a file without relationships has its main part.
USUAL_MAIN_PARTS = (
    *("word/document.xml", "ppt/presentation.xml", "xl/workbook.xml", "xl/workbook.bin"),
    "visio/document.xml",
)
UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Relationship:
    identifier: str
    # The last word of its type, such as "chart": the words before it differ between versions.
    kind: str
    # The name of a part.
    target: str


class Package:
    """Names of parts are compared as Office does: without regard to case and kind of slash."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._entries = {_plain(entry.filename): entry for entry in archive.infolist()}
        self._relationships: dict[str, dict[str, Relationship]] = {}
        self._taken: set[str] = set()

    def __contains__(self, part: str) -> bool:
        return part in self._entries

    @cached_property
    def main_part(self) -> str:
        """The document, presentation or workbook itself; "" if there is none."""
        return self.related("", "officeDocument", "document") or self.usual_main_part

    @property
    def usual_main_part(self) -> str:
        return next((part for part in USUAL_MAIN_PARTS if part in self), "")

    @cached_property
    def content_types(self) -> dict[str, str]:
        """By the name of a part, or by an ending of names."""
        types = {}
        for element in self.xml("[content_types].xml") if "[content_types].xml" in self else ():
            key = element.get("PartName") or element.get("Extension") or ""
            types[_plain(key)] = element.get("ContentType") or ""
        return types

    def content_type(self, part: str) -> str:
        ending = part.rpartition(".")[2]
        return self.content_types.get(part) or self.content_types.get(ending, "")

    def relationships(self, part: str) -> dict[str, Relationship]:
        """Those of a part by their identifiers, or for "" those of the package."""
        if part not in self._relationships:
            self._relationships[part] = {
                one.identifier: one for one in self._read_relationships(part)
            }
        return self._relationships[part]

    def _read_relationships(self, part: str) -> Iterator[Relationship]:
        folder = dirname(part)
        name = join(folder, "_rels", f"{part.removeprefix(f'{folder}/')}.rels")
        for element in self.xml(name) if name in self else ():
            target = element.get("Target") or ""
            if element.get("TargetMode") != "External" and target:
                # Some programs write the name as in an address, others as it is.
                names = [_plain(join("/", folder, text)) for text in (target, unquote(target))]
                yield Relationship(
                    element.get("Id") or "",
                    (element.get("Type") or "").rpartition("/")[2],
                    next((name for name in names if name in self), names[0]),
                )

    def related(self, part: str, *kinds: str) -> str:
        """The first part that is there of those related to this one; "" if there is none."""
        return next(self.all_related(part, *kinds), "")

    def all_related(self, part: str, *kinds: str) -> Iterator[str]:
        for one in self.relationships(part).values():
            if one.kind in kinds and one.target in self:
                yield one.target

    def referenced(self, part: str, element: _Element, name: str = R("id")) -> str:
        """The part that an attribute of an element points to; "" if it is not there."""
        found = self.relationships(part).get(element.get(name) or "")
        return found.target if found and found.target in self else ""

    def take(self, part: str) -> bool:
        """Whether this part is there, and asked for the first time: each is told once."""
        is_new = part in self and part not in self._taken
        self._taken.add(part)
        return is_new

    def read(self, part: str) -> bytes:
        return self._archive.read(self._entries[part])

    def content(self, part: str) -> bytes:
        """XML in UTF-8, with the usual namespaces."""
        data = self.read(part)
        if data.startswith(UTF16):
            text = data.decode("utf-16")
            data = (text.partition("?>")[2] if text.startswith("<?xml") else text).encode()
        return _usual_namespaces(data)

    def xml(self, part: str) -> _Element:
        return etree.fromstring(self.content(part), _parser())

    def optional_xml(self, part: str) -> _Element | None:
        return self.xml(part) if part else None


def open_office(data: bytes) -> Package:
    package = Package(ZipFile(open_package(data)))
    if not package.main_part:
        raise Unreadable(_("The file is damaged: it breaks off or was changed."))
    return package


def _parser() -> etree.XMLParser:
    # One for each part: a parser that is used again keeps what it has seen.
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )


def _usual_namespaces(data: bytes) -> bytes:
    """`…/ooxml/drawingml/main` of the ISO standard is `…/drawingml/2006/main` elsewhere."""
    if STRICT not in data:
        return data
    for subject in (
        "officeDocument",
        "wordprocessingml",
        "presentationml",
        "spreadsheetml",
        "drawingml",
    ):
        data = data.replace(STRICT + f"{subject}/".encode(), f"{SCHEMAS}/{subject}/2006/".encode())
    return data


def _plain(name: str) -> str:
    return normpath(join("/", name.replace("\\", "/"))).lstrip("/").casefold()
