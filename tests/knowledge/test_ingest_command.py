"""`manage.py ingest`."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from knowledge.models import Document, KnowledgeBase
from tests.support.world import World


def run(*args: object) -> str:
    out = StringIO()
    call_command("ingest", *map(str, args), stdout=out)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = ["tea.md", "pots/kyusu.TXT", ".git/notes.md", "pots/~$kyusu.docx", "film.mp4"]
    for name in files:
        path = tmp_path / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n\nText.")
    return tmp_path / "docs"


def test_the_documents_in_a_folder_are_read_into_a_knowledge_base(
    world: World, folder: Path
) -> None:
    output = run(folder, "--kb", "Handbook", "--user", "alice")

    names = world.knowledge_base.documents.values_list("name", flat=True)
    assert list(names) == ["pots/kyusu.TXT", "tea.md"]
    pk = world.knowledge_base.pk.hex
    assert output == f"Done! Read 2 files; “Handbook” ({pk}) now has 2 passages\n"


def test_a_file_named_outright_is_read_whatever_its_ending(world: World, folder: Path) -> None:
    run(folder / "film.mp4", "--kb", "Handbook")
    assert world.knowledge_base.documents.get().name == "film.mp4"


def test_a_knowledge_base_that_is_missing_is_made_for_a_user(world: World, folder: Path) -> None:
    run(folder, "--kb", "Teas", "--user", "bob")
    assert KnowledgeBase.objects.owned_by(world.bob.user).get(name="Teas").documents.count() == 2

    with pytest.raises(CommandError, match="There is no knowledge base 'Pots'; with --user"):
        run(folder, "--kb", "Pots")


def test_a_knowledge_base_may_be_named_by_its_id(world: World, folder: Path) -> None:
    run(folder, "--kb", world.knowledge_base.pk.hex)
    assert world.knowledge_base.documents.count() == 2


def test_only_the_users_own_knowledge_bases_are_found(world: World, folder: Path) -> None:
    with pytest.raises(CommandError, match="There is no knowledge base"):
        run(folder, "--kb", world.knowledge_base.pk.hex, "--user", "bob")
    with pytest.raises(CommandError, match="There is no user 'dora'"):
        run(folder, "--kb", "Handbook", "--user", "dora")

    KnowledgeBase.objects.create(owner=world.bob.user, name="Handbook")
    with pytest.raises(CommandError, match="Several users have"):
        run(folder, "--kb", "Handbook")
    assert not Document.objects.exists()


def test_files_that_failed_are_listed_with_the_reason(world: World, folder: Path) -> None:
    (folder / "empty.md").touch()
    with pytest.raises(CommandError) as caught:
        run(folder, "--kb", "Handbook")

    assert str(caught.value) == "1 of 3 could not be read:\n  empty.md: The file is empty."
    assert caught.value.returncode == 1
    assert world.knowledge_base.documents.filter(status="ready").count() == 2


def test_as_json_it_says_what_became_of_each_document(
    world: World, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = json.loads(run(folder, "--kb", "Handbook", "--json"))
    assert (data["kb_id"], data["name"]) == (world.knowledge_base.pk.hex, "Handbook")
    assert data["chunks"] == 2
    assert [document["name"] for document in data["documents"]] == ["pots/kyusu.TXT", "tea.md"]
    assert [document["problem"] for document in data["documents"]] == [None, None]

    (folder / "empty.md").touch()
    with pytest.raises(CommandError, match="1 of 3 could not be read"):
        call_command("ingest", str(folder), "--kb=Handbook", "--json")
    failed = json.loads(capsys.readouterr().out)["documents"][0]
    assert (failed["name"], failed["problem"]) == ("empty.md", "The file is empty.")


def test_two_files_cannot_be_one_document(world: World, folder: Path) -> None:
    (folder / "kyusu.TXT").touch()
    with pytest.raises(CommandError, match="would both be the document"):
        run(folder / "kyusu.TXT", folder / "pots" / "kyusu.TXT", "--kb", "Handbook")


def test_a_path_without_documents_is_an_error(world: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no file or folder"):
        run(tmp_path / "missing", "--kb", "Handbook")
    with pytest.raises(CommandError, match="There is no document in"):
        run(tmp_path, "--kb", "Handbook")


def test_files_of_other_kinds_in_a_folder_are_counted_by_ending(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pots.md").write_text("A kyusu has a handle at its side.")
    for name in ("setup.exe", "again.EXE", "LICENSE", ".hidden.exe", "old/~$lock.docx"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"MZ")
    call_command("ingest", str(tmp_path), "--kb=Handbook", "--json")
    said = capsys.readouterr()
    assert json.loads(said.out)["left_out"] == {".exe": 2, "": 1}
    assert "2 .exe, 1 without an ending. Name such a file" in said.err
