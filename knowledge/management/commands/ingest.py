"""`ingest`: reads files and folders into a knowledge base."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files import File
from django.core.management.base import CommandError, CommandParser
from django.db.models import Q, Sum
from tqdm import tqdm

from core.commands import ExampleCommand, add_json_argument, json_line
from core.counting import counted
from core.ids import parse_id
from knowledge.ingestion import document_name, read_now, upload
from knowledge.models import Document, KnowledgeBase
from knowledge.parsing.formats import BY_SUFFIX

FILES_AT_ONCE = 64
# A list of kinds that is longer is cut.
ENDINGS_SHOWN = 10


class Command(ExampleCommand):
    help = (
        "Reads files, and all documents in folders, into a knowledge base. "
        "A file of the same name replaces the one from before."
    )
    examples = ("ingest handbook/ prices.xlsx --kb Handbook --user alice",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="path", help="a file or folder")
        parser.add_argument("--kb", required=True, help="the knowledge base: its name or its id")
        parser.add_argument(
            "--user", help="whose knowledge base it is; it is made if there is none of that name"
        )
        add_json_argument(parser, "the documents and what became of them")

    def handle(self, *_: Any, paths: Sequence[Path], kb: str, **options: Any) -> None:
        files = find_files(paths)
        left_out = count_left_out(paths)
        knowledge_base = find_knowledge_base(kb, options["user"])
        documents = list(_ingest(knowledge_base, files))
        failed = [document for document in documents if document.problem]
        if left_out:
            self.stderr.write(_left_out_summary(left_out))
        if options["json"]:
            data = _data(knowledge_base, documents) | {"left_out": left_out}
            self.stdout.write(json_line(data))
        else:
            self.stdout.write(_summary(knowledge_base, len(documents) - len(failed)))
        if failed:
            reasons = "\n".join(f"  {document.name}: {document.problem}" for document in failed)
            raise CommandError(f"{len(failed)} of {len(documents)} could not be read:\n{reasons}")


def find_files(paths: Iterable[Path]) -> dict[str, Path]:
    """Each file under the name its document will have: in a folder, the path from there on."""
    files: dict[str, Path] = {}
    for name, path in _named(paths):
        other = files.setdefault(document_name(name), path)
        if not other.samefile(path):
            raise CommandError(f"{other} and {path} would both be the document “{name}”")
    return files


def _named(paths: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    for path in paths:
        if path.is_file():
            yield path.name, path
        elif path.is_dir():
            found = sorted(file for file in path.rglob("*") if _is_document(file, path))
            if not found:
                raise CommandError(f"There is no document in {path}")
            yield from ((file.relative_to(path).as_posix(), file) for file in found)
        else:
            raise CommandError(f"There is no file or folder {path}")


def _is_document(file: Path, folder: Path) -> bool:
    return file.suffix.lower() in BY_SUFFIX and _is_visible_file(file, folder)


def _is_visible_file(file: Path, folder: Path) -> bool:
    is_hidden = any(part.startswith((".", "~$")) for part in file.relative_to(folder).parts)
    return not is_hidden and file.is_file()


def count_left_out(paths: Iterable[Path]) -> dict[str, int]:
    """How many files in the folders of `paths` have an ending that is not read, the most frequent
    ending first. Hidden files are not counted."""
    endings = Counter(
        file.suffix.lower()
        for folder in paths
        for file in folder.rglob("*")
        if file.suffix.lower() not in BY_SUFFIX and _is_visible_file(file, folder)
    )
    return dict(endings.most_common())


def _left_out_summary(left_out: Mapping[str, int]) -> str:
    shown = [f"{count} {ending or 'without an ending'}" for ending, count in left_out.items()]
    others = len(shown) - ENDINGS_SHOWN
    listed = ", ".join(shown[:ENDINGS_SHOWN]) + (f" and {others} other kinds" if others > 0 else "")
    return (
        f"Left out of the folders, since files of these kinds are not read: {listed}. "
        "Name such a file itself to read it as text, or to be told what to send instead."
    )


def find_knowledge_base(kb: str, username: str | None) -> KnowledgeBase:
    bases = KnowledgeBase.objects.filter(Q(name=kb) | Q(pk=parse_id(kb)))
    owner = None
    if username is not None:
        owner = get_user_model().objects.filter(username=username).first()
        if owner is None:
            raise CommandError(f"There is no user {username!r}")
        bases = bases.owned_by(owner)
    match list(bases[:2]):
        case [knowledge_base]:
            return knowledge_base
        case []:
            if owner is None or parse_id(kb):
                raise CommandError(
                    f"There is no knowledge base {kb!r}; with --user, one of that name is made"
                )
            return KnowledgeBase.objects.create(owner=owner, name=kb)
        case _:
            raise CommandError(f"Several users have a knowledge base {kb!r}; say whose with --user")


def _ingest(knowledge_base: KnowledgeBase, files: Mapping[str, Path]) -> Iterator[Document]:
    """Queues a few at a time, so that other users are served in between, and waits for them."""
    remaining = iter(files.items())
    # A progress bar is shown on a terminal only.
    with tqdm(total=len(files), unit="file", disable=None) as progress:
        while batch := list(islice(remaining, FILES_AT_ONCE)):
            with ExitStack() as stack:
                opened = [
                    (name, File(stack.enter_context(path.open("rb")))) for name, path in batch
                ]
                documents = upload(knowledge_base, opened)
            ids = [document.pk for document in documents]
            done = progress.n + len(batch)
            read_now(ids, progress.update)
            # And those that a worker read.
            progress.update(done - progress.n)
            read = Document.objects.defer("log").in_bulk(ids)
            yield from (read[pk] for pk in ids if pk in read)


def _summary(knowledge_base: KnowledgeBase, count: int) -> str:
    name, pk = knowledge_base.name, knowledge_base.pk.hex
    files, passages = counted(count, "file"), counted(_count_chunks(knowledge_base), "passage")
    return f"Done! Read {files}; “{name}” ({pk}) now has {passages}"


def _data(knowledge_base: KnowledgeBase, documents: Iterable[Document]) -> dict[str, Any]:
    return {
        "kb_id": knowledge_base.pk.hex,
        "name": knowledge_base.name,
        "chunks": _count_chunks(knowledge_base),
        "documents": [
            {
                "id": document.pk.hex,
                "name": document.name,
                "chunks": document.chunk_count,
                "problem": document.problem or None,
            }
            for document in documents
        ],
    }


def _count_chunks(knowledge_base: KnowledgeBase) -> int:
    total: int = knowledge_base.documents.aggregate(total=Sum("chunk_count", default=0))["total"]
    return total
