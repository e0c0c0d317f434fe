"""Reads the comments on the cells of a sheet, in the old kind and in the new one."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from knowledge.parsing.office.comment_line import comment_line
from knowledge.parsing.office.package import Package

# In place of a new comment, what older versions show.
STAND_IN = "[Threaded comment]"


def comments(package: Package, part: str) -> Iterator[str]:
    return xml_comments(package, part, "threadedComment", "comments")


def xml_comments(package: Package, part: str, *kinds: str) -> Iterator[str]:
    names = _people(package)
    for comment_part in package.all_related(part, *kinds):
        root = package.xml(comment_part)
        authors = [author.text or "" for author in root.iter("{*}author")]
        for comment in root.iter("{*}comment", "{*}threadedComment"):
            text = " ".join("".join(_texts(comment)).split())
            author = names.get(comment.get("personId") or "") or _author(comment, authors)
            if text and not text.startswith(STAND_IN):
                # The old kind begins with the author, too.
                text = text.removeprefix(f"{author}:").strip()
                yield comment_line(author, text, comment.get("ref") or "")


def _people(package: Package) -> dict[str, str]:
    root = package.optional_xml(package.related(package.main_part, "person"))
    people = root if root is not None else ()
    return {person.get("id") or "": person.get("displayName") or "" for person in people}


def _author(comment: _Element, authors: list[str]) -> str:
    number = comment.get("authorId") or ""
    known = number.isdecimal() and len(number) < 6 and int(number) < len(authors)
    return authors[int(number)] if known else ""


def _texts(comment: _Element) -> Iterator[str]:
    for text in comment.iter("{*}t", "{*}text"):
        if text.getparent().tag.rpartition("}")[2] != "rPh":
            yield text.text or ""
