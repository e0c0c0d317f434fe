"""The admin of knowledge bases and documents."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEvent, User
from knowledge.ingestion import ingest, read_now, upload
from knowledge.models import Chunk, Document, KnowledgeBase
from knowledge.originals import delete_original
from knowledge.search.retrieval import search
from tests.support.pdf_files import make_pdf
from tests.support.world import World

pytestmark = pytest.mark.database

DOCUMENTS = reverse("admin:knowledge_document_changelist")
BASES = reverse("admin:knowledge_knowledgebase_changelist")
STATES = reverse("admin:knowledge_document_states")


@pytest.fixture
def admin(world: World) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def upload_url(world: World) -> str:
    return reverse("admin:knowledge_knowledgebase_upload", args=[world.knowledge_base.pk])


def original_url(document: Document) -> str:
    return reverse("admin:knowledge_document_original", args=[document.pk])


def files(**contents: bytes) -> dict[str, list[SimpleUploadedFile]]:
    return {
        "documents": [
            SimpleUploadedFile(name.replace("_", "."), data) for name, data in contents.items()
        ]
    }


def _single_spaced(text: str) -> str:
    return " ".join(text.split())


def texts_found(world: World, question: str) -> list[str]:
    base = world.knowledge_base
    found = search(question, owner_id=base.owner_id, kb_ids=[base.pk])
    return [chunk.text for chunk in found]


class TestUpload:
    def test_uploaded_files_become_documents_with_a_status(
        self, world: World, admin: Client
    ) -> None:
        page = admin.get(upload_url(world)).content.decode()
        assert 'type="file"' in page
        assert " multiple" in page

        answer = admin.post(upload_url(world), files(tea_md=b"# Tea\n\nHot.", pot_txt=b""))
        page = answer.content.decode()
        documents = world.knowledge_base.documents.all()
        assert [document.name for document in documents] == ["pot.txt", "tea.md"]
        assert page.count('<span class="badge queued">') == 2

        read_now([document.pk for document in documents])
        ids = [str(document.pk) for document in documents]
        states = admin.get(STATES, {"id": [*ids, "nonsense"]}).json()
        assert [states[pk]["status"] for pk in ids] == ["failed", "ready"]
        assert [states[pk]["note"] for pk in ids] == ["The file is empty.", ""]
        assert [states[pk]["chunks"] for pk in ids] == [0, 1]
        assert not any(states[pk]["open"] for pk in ids)

    def test_a_file_is_required(self, world: World, admin: Client) -> None:
        assert "This field is required." in admin.post(upload_url(world)).content.decode()

    def test_uploading_takes_a_staff_user_with_permission(
        self, world: World, client: Client
    ) -> None:
        sent = files(tea_md=b"Hot.")
        assert client.post(upload_url(world), sent).status_code == 302

        client.force_login(world.bob.user)
        assert client.post(upload_url(world), sent).status_code == 302

        User.objects.filter(pk=world.bob.user.pk).update(is_staff=True)
        assert client.post(upload_url(world), sent).status_code == 403
        assert not Document.objects.exists()

    def test_permissions_are_enough_for_staff(self, world: World, client: Client) -> None:
        names = ("add_document", "change_document")
        world.bob.user.user_permissions.set(Permission.objects.filter(codename__in=names))
        User.objects.filter(pk=world.bob.user.pk).update(is_staff=True)
        client.force_login(world.bob.user)

        assert client.post(upload_url(world), files(tea_md=b"Hot.")).status_code == 200
        assert Document.objects.get().status == "queued"

    def test_an_unknown_knowledge_base_is_not_found(self, world: World, admin: Client) -> None:
        url = reverse("admin:knowledge_knowledgebase_upload", args=[world.bob.user.pk])
        assert admin.get(url).status_code == 404


class TestKnowledgeBases:
    def test_a_new_knowledge_base_leads_to_its_upload(self, world: World, admin: Client) -> None:
        sent = {"name": "New", "owner": world.alice.user.pk, "chunk_chars": "500"}
        answer = admin.post(reverse("admin:knowledge_knowledgebase_add"), sent)
        base = KnowledgeBase.objects.get(name="New")
        upload = reverse("admin:knowledge_knowledgebase_upload", args=[base.pk])
        assert (answer.status_code, answer.headers["Location"]) == (302, upload)

    def test_the_list_counts_documents_and_chunks(self, world: World, admin: Client) -> None:
        ingest(world.knowledge_base, "tea.md", b"# A\n\na\n\n# B\n\nb")
        ingest(world.knowledge_base, "pot.md", b"# C\n\nc")

        page = admin.get(BASES).content.decode()
        assert '<td class="field-chunks">3</td>' in page
        assert f'{DOCUMENTS}?knowledge_base__id__exact={world.knowledge_base.pk}">2</a>' in page

    def test_the_number_of_queries_does_not_grow_with_the_list(
        self, world: World, admin: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(6):
            admin.get(BASES)
        for name in "abc":
            base = KnowledgeBase.objects.create(owner=world.bob.user, name=name)
            ingest(base, "tea.md", b"Hot.")
        with django_assert_num_queries(6):
            admin.get(BASES)

    def test_the_default_owner_is_the_current_user(self, world: World, admin: Client) -> None:
        root = User.objects.get(username="root")
        page = admin.get(reverse("admin:knowledge_knowledgebase_add")).content.decode()
        assert f'<option value="{root.pk}" selected>root</option>' in page

    def test_the_page_links_to_the_upload(self, world: World, admin: Client) -> None:
        url = reverse("admin:knowledge_knowledgebase_change", args=[world.knowledge_base.pk])
        page = admin.get(url).content.decode()
        assert upload_url(world) in page
        assert world.knowledge_base.pk.hex in page

    def test_deleting_shows_how_many_chunks_are_deleted(self, world: World, admin: Client) -> None:
        ingest(world.knowledge_base, "tea.md", b"# A\n\na\n\n# B\n\nb")
        url = reverse("admin:knowledge_knowledgebase_delete", args=[world.knowledge_base.pk])

        page = admin.get(url).content.decode()
        assert "<li>Chunks: 2</li>" in page
        admin.post(url, {"post": "yes"})
        assert not KnowledgeBase.objects.exists()
        assert not Chunk.objects.exists()


class TestTrial:
    @staticmethod
    def tried(browser: Client, world: World, question: str) -> str:
        url = reverse("admin:knowledge_knowledgebase_try", args=[world.knowledge_base.pk])
        return browser.get(url, {"question": question}).content.decode()

    def test_a_passage_shows_where_it_is_and_why_it_was_found(
        self, world: World, admin: Client
    ) -> None:
        text = "# Teapots\n\nWarm the teapot first.\n\n# Milk\n\nPour it last."
        document = ingest(world.knowledge_base, "tea.md", text.encode())
        page = self.tried(admin, world, "How are teapots warmed <b>?")
        address = reverse("admin:knowledge_document_change", args=[document.pk])
        assert f'<a href="{address}?page=1#chunk-1">tea.md · Teapots</a>' in page
        assert "Warm the teapot first." in page
        assert re.search(r"Similarity \d+ %: terms \d+ %, vectors \d+ %\.", page)
        # The words of the question, which are not spelled as in the passage.
        matched = page.partition("Terms matched:")[2].partition("</p>")[0]
        assert re.findall("<code>(.+?)</code>", matched) == ["teapots", "warmed"]
        assert "&lt;b&gt;" in page

    def test_a_chunk_far_down_is_linked_on_its_page_of_the_document(
        self, world: World, admin: Client
    ) -> None:
        text = "\n\n".join(f"# Part {number}\n\nword{number}" for number in range(1, 61))
        document = ingest(world.knowledge_base, "long.md", text.encode())
        assert document.chunk_count == 60
        first = document.chunks.order_by("position")[0]
        first.delete()
        page = self.tried(admin, world, "word51")
        assert "?page=1#chunk-51" in page
        assert "?page=2#chunk-52" in self.tried(admin, world, "word52")

    def test_the_thresholds_of_dialogs_are_shown_where_they_cut(
        self, world: World, admin: Client
    ) -> None:
        ingest(world.knowledge_base, "tea.md", b"# A\n\ngreen tea\n\n# B\n\ntea for breakfast")
        question = "green tea"
        world.dialog.knowledge_bases.clear()
        assert "Threshold 20 %." in self.tried(admin, world, question)
        assert "A new dialog leaves out" in self.tried(admin, world, question)
        world.dialog.similarity_threshold = 0.9
        world.dialog.save()
        world.dialog.knowledge_bases.add(world.knowledge_base)
        page = self.tried(admin, world, question)
        assert "A new dialog" not in page
        before, _cut, after = page.partition("Threshold 90 %.")
        assert "What follows is left out by: Helpdesk" in _single_spaced(after)
        assert "green tea</p>" in before
        assert "tea for breakfast" not in before
        assert "tea for breakfast" in after

    def test_only_who_may_see_dialogs_reads_their_names(self, world: World, client: Client) -> None:
        ingest(world.knowledge_base, "tea.md", b"green tea")
        world.dialog.knowledge_bases.add(world.knowledge_base)
        names = ("view_knowledgebase", "view_document")
        world.bob.user.user_permissions.set(Permission.objects.filter(codename__in=names))
        User.objects.filter(pk=world.bob.user.pk).update(is_staff=True)
        client.force_login(world.bob.user)
        page = self.tried(client, world, "tea")
        assert "Helpdesk" not in page
        assert "1 dialog leaves out what follows." in page

    def test_passages_are_shown_only_with_the_permission_to_see_documents(
        self, world: World, client: Client
    ) -> None:
        User.objects.filter(pk=world.bob.user.pk).update(is_staff=True)
        client.force_login(world.bob.user)
        url = reverse("admin:knowledge_knowledgebase_try", args=[world.knowledge_base.pk])
        change = reverse("admin:knowledge_knowledgebase_change", args=[world.knowledge_base.pk])
        rights = Permission.objects
        world.bob.user.user_permissions.set(rights.filter(codename="view_knowledgebase"))
        assert client.get(url).status_code == 403
        assert url not in client.get(change).content.decode()
        world.bob.user.user_permissions.add(rights.get(codename="view_document"))
        assert client.get(url).status_code == 200
        assert url in client.get(change).content.decode()

    def test_a_question_has_at_most_16000_characters(self, world: World, admin: Client) -> None:
        ingest(world.knowledge_base, "tea.md", b"green tea")
        assert "tea.md" in self.tried(admin, world, "tea " * 4_000)
        page = self.tried(admin, world, "tea " * 4_000 + "pots")
        assert "A question may have 16,000 characters." in page
        assert "tea.md" not in page

    def test_nothing_found_and_nothing_asked_are_said(self, world: World, admin: Client) -> None:
        assert "Nothing was found." in self.tried(admin, world, "tea")
        assert "This field is required." in self.tried(admin, world, " ")
        unknown = reverse("admin:knowledge_knowledgebase_try", args=[world.bob.user.pk])
        assert admin.get(unknown).status_code == 404


class TestDocuments:
    def test_the_list_shows_the_status_of_each_document(self, world: World, admin: Client) -> None:
        ingest(world.knowledge_base, "tea.md", b"Hot.")
        ingest(world.knowledge_base, "pot.pdf", b"GIF89a")

        page = admin.get(DOCUMENTS).content.decode()
        assert "This is a GIF picture" in page
        assert '<td class="field-owner">alice</td>' in page

    def test_the_page_shows_the_chunks_in_order(self, world: World, admin: Client) -> None:
        text = "\n\n".join(f"# Part {number:03}\n\nText <{number}>." for number in range(120))
        document = ingest(world.knowledge_base, "tea.md", text.encode())
        url = reverse("admin:knowledge_document_change", args=[document.pk])

        first, last = (admin.get(f"{url}?page={page}").content.decode() for page in (1, 3))
        assert first.index("Part 000") < first.index("Part 049")
        assert "Part 050" not in first
        assert "Text &lt;119&gt;." in last

    def test_a_chunk_is_switched_off_and_on(self, world: World, admin: Client) -> None:
        document = ingest(world.knowledge_base, "tea.md", b"Hot.")
        chunk = document.chunks.get()
        switch = reverse("admin:knowledge_document_chunk", args=[document.pk, chunk.id])
        assert admin.get(switch).status_code == 405

        page = admin.post(switch, {"is_enabled": "no"}, follow=True).content.decode()
        assert "Switch on" in page
        assert "not searched" in page
        assert not texts_found(world, "hot")

        page = admin.post(switch, {"is_enabled": "yes"}, follow=True).content.decode()
        assert "Switch off" in page
        assert texts_found(world, "hot") == ["Hot."]
        events = AuditEvent.objects.filter(action="change", what__contains=document.pk.hex)
        assert {event.detail for event in events} == {"chunk 1 off", "chunk 1 on"}

    def test_chunks_are_switched_only_with_permission(self, world: World, client: Client) -> None:
        document = ingest(world.knowledge_base, "tea.md", b"Hot.")
        other = ingest(world.knowledge_base, "pot.md", b"Cold.")
        chunk = document.chunks.get()
        switch = reverse("admin:knowledge_document_chunk", args=[document.pk, chunk.id])
        User.objects.filter(pk=world.bob.user.pk).update(is_staff=True)
        world.bob.user.user_permissions.add(Permission.objects.get(codename="view_document"))
        client.force_login(world.bob.user)
        page = reverse("admin:knowledge_document_change", args=[document.pk])
        assert "Switch off" not in client.get(page).content.decode()
        assert client.post(switch, {"is_enabled": "no"}).status_code == 403

        world.bob.user.user_permissions.add(Permission.objects.get(codename="change_document"))
        elsewhere = reverse("admin:knowledge_document_chunk", args=[other.pk, chunk.id])
        assert client.post(elsewhere, {"is_enabled": "no"}).status_code == 404
        assert client.post(switch, {"is_enabled": "no"}).status_code == 302
        chunk.refresh_from_db()
        assert not chunk.is_enabled

    def test_documents_are_shown_only_with_permission(self, world: World, client: Client) -> None:
        document = ingest(world.knowledge_base, "tea.md", b"A secret.")
        User.objects.filter(pk=world.bob.user.pk).update(is_staff=True)
        client.force_login(world.bob.user)

        assert client.get(DOCUMENTS).status_code == 403
        url = reverse("admin:knowledge_document_change", args=[document.pk])
        assert client.get(url).status_code == 403

    def test_documents_are_indexed_again(self, world: World, admin: Client) -> None:
        document = ingest(world.knowledge_base, "tea.md", b"Hot.")
        document.chunks.update(terms="old")

        sent = {"action": "reindex", "_selected_action": [str(document.pk)]}
        page = admin.post(DOCUMENTS, sent, follow=True).content.decode()
        assert "1 document was indexed." in page
        assert document.chunks.get().terms == "hot"

    def test_documents_are_read_again_with_the_settings_of_their_knowledge_base(
        self, world: World, admin: Client
    ) -> None:
        document = ingest(world.knowledge_base, "tea.md", b"Tea is hot. " * 40)
        url = reverse("admin:knowledge_knowledgebase_change", args=[world.knowledge_base.pk])
        base = {"name": "Handbook", "owner": world.alice.user.pk, "chunk_chars": "100"}
        assert admin.post(url, base).status_code == 302

        sent = {"action": "read_again", "_selected_action": [str(document.pk)]}
        page = admin.post(DOCUMENTS, sent, follow=True).content.decode()
        assert "1 document will be read." in page
        read_now([document.pk])
        assert document.chunk_count == 1
        document.refresh_from_db()
        assert document.chunk_count == document.chunks.count() > 4

    def test_reading_is_stopped(self, world: World, admin: Client) -> None:
        [document] = upload(world.knowledge_base, [("tea.md", ContentFile(b"Hot."))])
        sent = {"action": "stop_reading", "_selected_action": [str(document.pk)]}
        page = admin.post(DOCUMENTS, sent, follow=True).content.decode()
        assert "1 document was stopped." in page
        document.refresh_from_db()
        assert (document.status, document.rank) == ("stopped", None)

    def test_the_page_shows_the_log(self, world: World, admin: Client) -> None:
        document = ingest(world.knowledge_base, "tea.md", b"")
        url = reverse("admin:knowledge_document_change", args=[document.pk])
        page = admin.get(url).content.decode()
        assert page.index("Waits to be read.") < page.index("Failed. The file is empty.")

    def test_the_original_is_downloaded_and_that_is_audited(
        self, world: World, admin: Client
    ) -> None:
        document = ingest(world.knowledge_base, "pots/tea.md", b"Hot.")
        answer = admin.get(original_url(document))
        assert answer.content == b"Hot."
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="tea.md"'
        event = AuditEvent.objects.get(what=f"document {document.pk.hex}")
        assert (event.action, event.username) == ("read", "root")

    def test_a_pdf_is_shown_at_the_page_of_a_chunk(self, world: World, admin: Client) -> None:
        document = ingest(world.knowledge_base, "tea.pdf", make_pdf("Hot.", "Cold."))
        answer = admin.get(original_url(document))
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("inline")
        url = reverse("admin:knowledge_document_change", args=[document.pk])
        assert f'{original_url(document)}#page=2"' in admin.get(url).content.decode()

    def test_originals_and_states_are_shown_only_with_permission(
        self, world: World, client: Client
    ) -> None:
        document = ingest(world.knowledge_base, "tea.md", b"A secret.")
        User.objects.filter(pk=world.bob.user.pk).update(is_staff=True)
        client.force_login(world.bob.user)

        assert client.get(original_url(document)).status_code == 403
        assert client.get(STATES, {"id": str(document.pk)}).status_code == 403

    def test_an_original_that_is_not_there_is_not_found(self, world: World, admin: Client) -> None:
        document = ingest(world.knowledge_base, "tea.md", b"Hot.")
        delete_original(document.file)
        url = original_url(document)
        assert admin.get(url).status_code == 404
        document.delete()
        assert admin.get(url).status_code == 404

    def test_documents_are_deleted(self, world: World, admin: Client) -> None:
        document = ingest(world.knowledge_base, "tea.md", b"Hot.")
        sent = {
            "action": "delete_selected",
            "_selected_action": [str(document.pk)],
            "post": "yes",
        }
        admin.post(DOCUMENTS, sent)
        assert not Document.objects.exists()
        assert not Chunk.objects.exists()

    def test_pages_are_in_chinese_too(self, world: World, admin: Client) -> None:
        ingest(world.knowledge_base, "tea.md", b"")
        # A request leaves its language active in the thread.
        with translation.override("en"):
            page = admin.get(DOCUMENTS, headers={"accept-language": "zh-hans"}).content.decode()
        assert "文件是空的。" in page
