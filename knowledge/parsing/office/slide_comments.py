"""Reads the comments on slides, in the old kind and in the new one, which has replies."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from knowledge.parsing.office.comment_line import comment_line
from knowledge.parsing.office.package import Package
from knowledge.parsing.office.shape_text import paragraphs


def comments(package: Package, part: str) -> Iterator[str]:
    names = _authors(package)
    for comment_part in package.all_related(part, "comments", "comment"):
        for element in package.xml(comment_part).iter():
            if _local(element) in ("cm", "reply"):
                author = names.get(element.get("authorId") or "", "")
                if text := _text(element):
                    yield comment_line(author, text)


def _authors(package: Package) -> dict[str, str]:
    part = package.related(package.main_part, "commentAuthors", "authors")
    root = package.optional_xml(part)
    authors = root if root is not None else ()
    return {author.get("id") or "": author.get("name") or "" for author in authors}


def _text(comment: _Element) -> str:
    for child in comment:
        if _local(child) == "text":
            return " ".join((child.text or "").split())
        if _local(child) == "txBody":
            return " ".join(" ".join(paragraphs(child)).split())
    return ""


def _local(element: _Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
