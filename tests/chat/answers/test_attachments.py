"""Files for questions, uploaded over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chat.models import Attachment
from tests.support.rest_client import client_of, data_of, refusal_of
from tests.support.world import World

pytestmark = pytest.mark.database

FILES = "/api/v1/files"


@pytest.fixture
def alice(world: World) -> Client:
    return client_of(world.alice)


def upload(client: Client, **files: bytes) -> Any:
    """Files by name, with `_` for the dot."""
    parts = [SimpleUploadedFile(name.replace("_", "."), data) for name, data in files.items()]
    return client.post(FILES, {"file": parts})


def test_uploaded_files_are_parsed_and_saved(alice: Client, world: World) -> None:
    text = "# Ferries\n\nThe ferry to Tilos leaves at noon."
    one, two = data_of(upload(alice, notes_md=text.encode(), 笔记_txt="你好".encode()), 201)
    assert (one["name"], one["size"], two["name"]) == ("notes.md", len(text), "笔记.txt")
    saved = Attachment.objects.get(pk=one["id"])
    assert saved.owner == world.alice.user
    assert saved.passages[0]["place"] == "Ferries"
    assert "noon" in saved.passages[0]["text"]


def test_uploading_needs_an_active_user(world: World) -> None:
    refusal_of(upload(Client(), notes_txt=b"Hello"), 401)
    refusal_of(upload(client_of(world.charlie), notes_txt=b"Hello"), 401)
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("data", [b"", b" \n", b"%PDF-1.7 but no more", b"\x00\x01\x02" * 99])
def test_files_without_text_are_refused_by_name(alice: Client, data: bytes) -> None:
    """And the good ones beside them: all files are saved or none."""
    response = upload(alice, good_txt=b"Hello", scan_pdf=data)
    assert "scan.pdf" in refusal_of(response, 422)
    assert not Attachment.objects.exists()


def test_a_file_that_is_too_large_is_refused_by_name(alice: Client, settings: Any) -> None:
    settings.MAX_FILE_BYTES = 5
    data_of(upload(alice, notes_txt=b"Hello"), 201)
    assert "big.txt" in refusal_of(upload(alice, big_txt=b"Hello!"), 413)


def test_more_files_than_a_question_may_name_are_refused(alice: Client, settings: Any) -> None:
    settings.MAX_FILES_PER_QUESTION = 2
    data_of(upload(alice, a_txt=b"A", b_txt=b"B"), 201)
    assert "`file`" in refusal_of(upload(alice, a_txt=b"A", b_txt=b"B", c_txt=b"C"), 400)


def test_more_files_than_django_reads_are_refused(alice: Client) -> None:
    refusal_of(upload(alice, **{f"{number}_txt": b"A" for number in range(101)}), 400)


@pytest.mark.parametrize("fields", [{}, {"file": "no file"}, {"other": "field"}])
def test_an_upload_without_a_file_is_refused(alice: Client, fields: dict[str, str]) -> None:
    assert "`file`" in refusal_of(alice.post(FILES, fields), 400)


def test_bodies_that_are_no_upload_are_refused(alice: Client) -> None:
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        refusal_of(alice.post(FILES, "{}", content_type=kind), 415)
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        refusal_of(alice.post(FILES, b"no parts", content_type=kind), 400)


@pytest.mark.parametrize("name", ["../../etc/notes.txt", "C:\\temp\\notes.txt", "no\x00tes.txt"])
def test_a_path_in_a_file_name_is_dropped(alice: Client, name: str) -> None:
    body = (
        "--x\r\nContent-Disposition: form-data; "
        f'name="file"; filename="{name}"\r\n\r\nHello\r\n--x--\r\n'
    )
    sent = alice.post(FILES, body.encode(), content_type="multipart/form-data; boundary=x")
    [row] = data_of(sent, 201)
    assert row["name"] == "notes.txt"


def test_a_long_name_keeps_its_ending(alice: Client) -> None:
    [row] = data_of(upload(alice, **{"x" * 300 + "_txt": b"Hello"}), 201)
    assert row["name"].endswith("x.txt")
    assert len(row["name"]) <= 255
