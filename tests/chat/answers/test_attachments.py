"""Files for questions, uploaded over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.identity import Identity
from accounts.models import User
from chat.answers import attachments
from chat.models import Attachment, ChatSession
from core.errors import TooLarge
from tests.support.rest_client import client_of, data_of, make_exchange, make_session, refusal_of
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


def use(file: Attachment, session: ChatSession) -> None:
    answer = make_exchange(session, "What does it say?", "Hello")
    assert answer.question
    answer.question.attachments.add(file)


def of_age(hours: float, owner: User, name: str = "old.txt", **fields: Any) -> Attachment:
    created = timezone.now() - timedelta(hours=hours)
    return Attachment.objects.create(
        owner=owner, name=name, size=1, stored_bytes=1, passages=[], created_at=created, **fields
    )


class TestKeeping:
    """What is kept of files, for how long, and for whom."""

    def test_files_are_listed_newest_first_in_pages(self, alice: Client, world: World) -> None:
        for name in ("a_txt", "b_txt", "c_txt"):
            data_of(upload(alice, **{name: b"Hello"}), 201)
        pages = [data_of(alice.get(FILES, {"page": page, "page_size": 2})) for page in (1, 2, 3)]
        assert [[row["name"] for row in page] for page in pages] == [
            ["c.txt", "b.txt"],
            ["a.txt"],
            [],
        ]
        assert set(pages[0][0]) == {"id", "name", "size", "create_time"}
        assert data_of(client_of(world.bob).get(FILES)) == []
        refusal_of(Client().get(FILES), 401)

    def test_a_file_is_deleted_by_its_owner_only(self, alice: Client, world: World) -> None:
        [file] = data_of(upload(alice, a_txt=b"Hello"), 201)
        session = make_session(world.dialog)
        use(Attachment.objects.get(), session)
        address = f"{FILES}/{file['id']}"
        refusal_of(client_of(world.bob).delete(address), 404)
        assert data_of(alice.delete(address)) is None
        refusal_of(alice.delete(address), 404)
        assert session.messages.count() == 2

    def test_files_go_with_the_last_session_that_uses_them(
        self, alice: Client, world: World
    ) -> None:
        one, other = make_session(world.dialog), make_session(world.dialog)
        shared, only = of_age(1, world.alice.user, "shared"), of_age(1, world.alice.user, "only")
        unused = of_age(1, world.alice.user, "unused")
        for file, session in ((shared, one), (only, one), (shared, other)):
            use(file, session)
        address = f"/api/v1/chats/{world.dialog.pk.hex}/sessions"
        for session, left in ((one, {"shared", "unused"}), (other, {"unused"})):
            body = {"ids": [session.pk.hex]}
            data_of(alice.delete(address, body, content_type="application/json"))
            assert set(Attachment.objects.values_list("name", flat=True)) == left
        assert unused.pk

    def test_the_admin_deletes_files_with_their_session(self, world: World) -> None:
        root = Client()
        root.force_login(User.objects.create_superuser("root"))
        sessions = [make_session(world.dialog) for _ in range(3)]
        for session in sessions:
            use(of_age(1, world.alice.user), session)
        first, *rest = sessions
        root.post(f"/admin/chat/chatsession/{first.pk}/delete/", {"post": "yes"})
        assert Attachment.objects.count() == 2
        ids = [session.pk for session in rest]
        form = {"action": "delete_selected", "_selected_action": ids, "post": "yes"}
        root.post("/admin/chat/chatsession/", form)
        assert not Attachment.objects.exists()

    def test_unused_files_expire(self, alice: Client, world: World, settings: Any) -> None:
        settings.UNUSED_FILE_HOURS = 72
        session = make_session(world.dialog)
        use(of_age(100, world.alice.user, "used"), session)
        of_age(71, world.alice.user, "young")
        of_age(73, world.alice.user, "old")
        data_of(upload(alice, new_txt=b"Hello"), 201)
        left = set(Attachment.objects.values_list("name", flat=True))
        assert left == {"used", "young", "new.txt"}
        of_age(73, world.bob.user, "bob's")
        settings.UNUSED_FILE_HOURS = 0
        assert attachments.delete_unused(Attachment.objects.all()) == 0
        settings.UNUSED_FILE_HOURS = 72
        assert attachments.delete_unused(Attachment.objects.all()) == 1

    def test_a_process_looks_now_and_then_for_unused_files_of_others(
        self, alice: Client, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(attachments, "_cleaned_up_at", -1e9)
        of_age(100, world.bob.user)
        data_of(upload(alice, new_txt=b"Hello"), 201)
        of_age(100, world.bob.user, "later")
        data_of(upload(alice, more_txt=b"Hello"), 201)
        left = set(Attachment.objects.values_list("name", flat=True))
        assert left == {"new.txt", "later", "more.txt"}

    def test_a_user_has_a_quota_with_their_end_users(
        self, alice: Client, world: World, settings: Any
    ) -> None:
        settings.USER_FILE_BYTES = 1000
        of_age(1, world.alice.user, end_user="v1")
        Attachment.objects.update(stored_bytes=900)
        said = refusal_of(upload(alice, a_txt=b"Hello " * 20), 413)
        assert said == (
            "The files of this account may have 1000 bytes and have 900: these 120 do not fit."
            " Delete some"
        )
        data_of(upload(client_of(world.bob), a_txt=b"Hello " * 20), 201)
        Attachment.objects.filter(owner=world.alice.user).delete()
        data_of(upload(alice, a_txt=b"Hello " * 20), 201)
        settings.USER_FILE_BYTES = 0
        data_of(upload(alice, a_txt=b"Hello " * 2000), 201)

    def test_an_end_user_has_a_quota(self, world: World, settings: Any) -> None:
        settings.END_USER_FILE_BYTES = 100
        visitor = Identity(world.alice.user, "ticket", end_user="v1")
        with pytest.raises(TooLarge, match="Your files may have 100 bytes"):
            attachments.save(visitor, [("a.txt", b"Hello " * 20)])
        attachments.save(Identity(world.alice.user, "shell"), [("a.txt", b"Hello " * 20)])

    def test_what_is_stored_counts_if_it_is_more_than_was_sent(
        self, alice: Client, settings: Any
    ) -> None:
        rows = b"name,a long name of a column\n" + b"x,y\n" * 100
        data_of(upload(alice, table_csv=rows), 201)
        file = Attachment.objects.get()
        assert file.size == len(rows) < file.stored_bytes

    def test_too_many_passages_belong_into_a_knowledge_base(
        self, alice: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(attachments, "MAX_PASSAGES", 1)
        text = b"# One\n\nFirst.\n\n# Two\n\nSecond."
        said = refusal_of(upload(alice, long_md=text), 413)
        assert said == "long.md has more than 1 passages: put it into a knowledge base instead"
        assert not Attachment.objects.exists()

    def test_terms_are_stored(self, alice: Client) -> None:
        data_of(upload(alice, a_txt=b"Green teas are green."), 201)
        [passage] = Attachment.objects.get().passages
        assert passage["terms"].split() == list(dict.fromkeys(passage["terms"].split()))
        assert "green" in passage["terms"].split()
