"""The originals of documents: they are kept, replaced and deleted with their documents."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import DatabaseError
from django.test import override_settings
from pytest_django.fixtures import Settings

from accounts.models import User
from knowledge.ingestion import ingest, read_again, read_now, upload
from knowledge.models import Document, KnowledgeBase
from knowledge.originals import read_original, save_original, storage
from knowledge.orphan_originals import delete_orphans
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

TEA = b"# Tea\n\nHot."
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    documents = settings.STORAGES["documents"]
    options = {**documents["OPTIONS"], "location": str(tmp_path / "originals")}
    settings.STORAGES = {**settings.STORAGES, "documents": {**documents, "OPTIONS": options}}
    return tmp_path / "originals"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_an_original_is_kept_for_its_owner_only(world: World, folder: Path) -> None:
    document = ingest(world.knowledge_base, "../../tea.md", TEA)
    [path] = files(folder)
    assert path.read_bytes() == read_original(document.file) == TEA
    assert "tea" not in str(path.relative_to(folder))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_new_version_replaces_the_original_once_it_is_read(world: World, folder: Path) -> None:
    ingest(world.knowledge_base, "tea.md", TEA)
    [document] = upload(world.knowledge_base, [("tea.md", ContentFile(b"Cold."))])
    assert len(files(folder)) == 2
    assert Document.objects.all().stored_bytes() == len(TEA) + len(b"Cold.")

    read_now([document.pk])
    [path] = files(folder)
    assert path.read_bytes() == b"Cold."
    assert Document.objects.all().stored_bytes() == len(b"Cold.")


def test_an_unreadable_version_is_kept_beside_the_one_that_is_searched(
    world: World, folder: Path
) -> None:
    ingest(world.knowledge_base, "tea.md", TEA)
    document = ingest(world.knowledge_base, "tea.md", PNG)
    assert (read_original(document.file), read_original(document.new_file)) == (TEA, PNG)

    document = ingest(world.knowledge_base, "tea.md", TEA)
    assert (document.status, document.new_file) == ("ready", "")
    assert [path.read_bytes() for path in files(folder)] == [TEA]


def test_of_uploads_that_wait_the_last_is_kept(world: World, folder: Path) -> None:
    for content in (b"one", b"two", b"two", b"three"):
        [document] = upload(world.knowledge_base, [("tea.md", ContentFile(content))])
    assert [path.read_bytes() for path in files(folder)] == [b"three"]
    read_now([document.pk])
    assert document.chunks.get().text == "three"


def test_the_same_name_twice_in_an_upload_keeps_the_last(world: World, folder: Path) -> None:
    same = [("tea.md", ContentFile(content)) for content in (b"one", b"two")]
    first, second = upload(world.knowledge_base, same)
    assert first == second
    assert [path.read_bytes() for path in files(folder)] == [b"two"]


def test_the_file_goes_with_its_document_its_base_or_its_owner(world: World, folder: Path) -> None:
    def ingest_one(owner: User) -> Document:
        base = KnowledgeBase.objects.create(owner=owner, name="Teas")
        return ingest(base, "tea.md", TEA)

    ingest_one(world.alice.user).delete()
    assert files(folder) == []
    ingest_one(world.bob.user).knowledge_base.delete()
    assert files(folder) == []
    ingest_one(world.bob.user)
    world.bob.user.delete()
    assert files(folder) == []


def test_a_refused_file_is_not_kept(world: World, folder: Path) -> None:
    with override_settings(MAX_DOCUMENT_BYTES=2):
        document = ingest(world.knowledge_base, "tea.md", TEA)
    assert document.status == "failed"
    assert files(folder) == []
    assert read_again([document]) == 0


def test_the_originals_of_a_user_fit_into_a_quota(world: World, folder: Path) -> None:
    other = KnowledgeBase.objects.create(owner=world.alice.user, name="Other")
    bobs = KnowledgeBase.objects.create(owner=world.bob.user, name="Bob's")
    ingest(other, "tea.md", TEA)
    with override_settings(USER_DOCUMENT_BYTES=len(TEA) + 5):
        fits, refused = upload(
            world.knowledge_base, [("a", ContentFile(b"12345")), ("b", ContentFile(b"6"))]
        )
        assert (fits.status, refused.status) == ("queued", "failed")
        assert refused.problem.startswith("It does not fit: the documents of this user may have")
        assert upload(bobs, [("b", ContentFile(b"6"))])[0].status == "queued"
    assert len(files(folder)) == 3


def test_nothing_is_kept_of_an_upload_that_could_not_be_saved(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr("knowledge.ingestion._save_rows", fail)
    with pytest.raises(DatabaseError):
        upload(world.knowledge_base, [("tea.md", ContentFile(TEA))])
    assert files(folder) == []


def test_a_document_whose_original_is_gone_says_so(world: World, folder: Path) -> None:
    document = ingest(world.knowledge_base, "tea.md", TEA)
    files(folder)[0].unlink()
    read_again([document])
    read_now([document.pk])
    document.refresh_from_db()
    assert document.problem.startswith("The original of the file is not there any more.")
    assert document.chunks.count() == 1


def test_files_that_no_document_names_are_swept_when_they_are_a_day_old(
    world: World, folder: Path
) -> None:
    ingest(world.knowledge_base, "tea.md", TEA)
    upload(world.knowledge_base, [("tea.md", ContentFile(b"Cold."))])
    named = files(folder)
    old, new = (Path(storage().path(save_original(ContentFile(b"lost")))) for _ in range(2))
    foreign = folder / "ab" / "notes.txt"
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("not ours")
    for path in (*named, old, foreign):
        os.utime(path, (0, 0))

    assert call_command("sweeporiginals") == "Done! Deleted 1 file"
    assert files(folder) == sorted([*named, new, foreign])


def test_an_empty_storage_is_swept(world: World, folder: Path) -> None:
    assert delete_orphans() == 0
