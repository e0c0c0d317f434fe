"""Knowledge bases and documents over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.api_tokens.restrictions import Restrictions
from accounts.api_tokens.tokens import issue_token
from accounts.models import AuditEvent
from accounts.scopes import Scope
from chat.rest.datasets import views
from knowledge.ingestion import ingest, read_now
from knowledge.models import Document, KnowledgeBase
from knowledge.originals import delete_original
from tests.support.pdf_files import make_pdf
from tests.support.rest_client import NO_IDS, client_of, data_of, refusal_of
from tests.support.world import World

pytestmark = pytest.mark.database

DATASETS = "/api/v1/datasets"


@pytest.fixture
def alice(world: World) -> Client:
    return client_of(world.alice)


@pytest.fixture
def handbook(world: World) -> str:
    return f"{DATASETS}/{world.knowledge_base.pk.hex}"


def send(client: Client, method: str, address: str, body: Any) -> Any:
    return client.generic(method, address, json.dumps(body), content_type="application/json")


def upload(client: Client, dataset: str, **files: bytes) -> list[dict[str, Any]]:
    sent = [SimpleUploadedFile(f"{name}.md", content) for name, content in files.items()]
    documents: list[dict[str, Any]] = data_of(client.post(f"{dataset}/documents", {"file": sent}))
    return documents


class TestDatasets:
    def test_one_is_created_listed_changed_and_deleted(self, alice: Client) -> None:
        config = {"chunk_token_num": 128}
        body = {"name": " Teas ", "description": "Hot.", "parser_config": config, "avatar": None}
        made = data_of(send(alice, "POST", DATASETS, body))
        assert (made["name"], made["description"]) == ("Teas", "Hot.")
        assert made["parser_config"] == {"chunk_token_num": 128, "chunk_chars": 512}
        assert made["update_time"] >= made["create_time"] > 1_700_000_000_000
        assert [one["name"] for one in data_of(alice.get(DATASETS))] == ["Teas", "Handbook"]

        address = f"{DATASETS}/{made['id']}"
        changed = data_of(send(alice, "PUT", address, {"parser_config": {"chunk_chars": 900}}))
        assert (changed["name"], changed["parser_config"]["chunk_chars"]) == ("Teas", 900)
        assert data_of(alice.get(address)) == changed

        assert data_of(send(alice, "DELETE", DATASETS, {"ids": [made["id"]]})) is None
        assert refusal_of(alice.get(address), 404) == "There is no such knowledge base"
        assert AuditEvent.objects.filter(what=f"knowledgebase {made['id']}").exists()

    def test_they_are_found_by_id_and_name_and_ordered(self, alice: Client, world: World) -> None:
        KnowledgeBase.objects.create(owner=world.alice.user, name="Atlas")
        names = [one["name"] for one in data_of(alice.get(f"{DATASETS}?orderby=name&desc=false"))]
        assert names == ["Atlas", "Handbook"]
        [one] = data_of(alice.get(f"{DATASETS}?name=Atlas"))
        assert data_of(alice.get(f"{DATASETS}?id={one['id']}")) == [one]
        assert data_of(alice.get(f"{DATASETS}?name=Nothing")) == []
        assert len(data_of(alice.get(f"{DATASETS}?page=2&page_size=1"))) == 1
        assert refusal_of(alice.get(f"{DATASETS}?id=nonsense"), 404)
        assert "`orderby`" in refusal_of(alice.get(f"{DATASETS}?orderby=owner"), 400)

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "`name`"),
            ({"name": ""}, "`name`"),
            ({"name": "\u200b"}, "`name`"),
            ({"name": "x" * 129}, "`name`"),
            ({"name": 1}, "`name`"),
            ({"name": "\ud800"}, "`name`"),
            ({"name": "x", "permission": "team"}, "`permission`"),
            ({"name": "x", "chunk_method": "book"}, "`chunk_method`"),
            ({"name": "x", "parser_config": 1}, "`parser_config`"),
            ({"name": "x", "parser_config": {"chunk_chars": 1}}, "`parser_config.chunk_chars`"),
            ([], "JSON object"),
        ],
    )
    def test_a_wrong_field_is_named(self, alice: Client, body: Any, field: str) -> None:
        assert field in refusal_of(send(alice, "POST", DATASETS, body), 400)
        assert KnowledgeBase.objects.count() == 1

    def test_a_name_is_taken_once(self, alice: Client, handbook: str, world: World) -> None:
        KnowledgeBase.objects.create(owner=world.alice.user, name="Atlas")
        for answer in (
            send(alice, "POST", DATASETS, {"name": "Atlas"}),
            send(alice, "PUT", handbook, {"name": "Atlas"}),
        ):
            assert refusal_of(answer, 409) == "You have a dataset 'Atlas' already"

    def test_all_are_deleted_by_null_and_by_nothing_else(self, alice: Client, world: World) -> None:
        KnowledgeBase.objects.create(owner=world.bob.user, name="Bob's")
        bodies: list[Any] = [{}, {"ids": "all"}, {"ids": [1]}, {"ids": ["x"] * 1001}]
        for body in bodies:
            assert refusal_of(send(alice, "DELETE", DATASETS, body), 400)
        assert data_of(send(alice, "DELETE", DATASETS, {"ids": []})) is None
        assert KnowledgeBase.objects.count() == 2
        assert data_of(send(alice, "DELETE", DATASETS, {"ids": None})) is None
        assert KnowledgeBase.objects.get().name == "Bob's"

    def test_one_user_may_have_a_number_of_them(
        self, alice: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(views, "MAX_DATASETS", 1)
        answer = send(alice, "POST", DATASETS, {"name": "Teas"})
        assert refusal_of(answer, 409) == "You have 1 datasets already. Delete some."


class TestDocuments:
    def test_files_are_uploaded_read_in_the_background_and_listed(
        self, alice: Client, handbook: str
    ) -> None:
        tea, empty = upload(alice, handbook, tea=b"# Tea\n\nHot.", empty=b"")
        assert (tea["name"], tea["run"], tea["progress"]) == ("tea.md", "RUNNING", 0)
        read_now(list(Document.objects.values_list("pk", flat=True)))

        listed = data_of(alice.get(f"{handbook}/documents?orderby=name"))
        assert listed["total"] == 2
        tea, empty = listed["docs"]
        assert (tea["run"], tea["progress"], tea["chunk_count"]) == ("DONE", 1, 1)
        assert (empty["run"], empty["progress"]) == ("FAIL", -1)
        assert "The file is empty." in empty["progress_msg"]
        assert data_of(alice.get(handbook))["document_count"] == 2

    def test_they_are_found_by_name_state_and_time(
        self, alice: Client, handbook: str, world: World
    ) -> None:
        ingest(world.knowledge_base, "tea.md", b"Hot.")
        ingest(world.knowledge_base, "pot.md", b"")

        def found(query: str) -> list[str]:
            docs = data_of(alice.get(f"{handbook}/documents?orderby=name&desc=False&{query}"))[
                "docs"
            ]
            return [one["name"] for one in docs]

        assert found("") == ["pot.md", "tea.md"]
        assert found("keywords=TE") == ["tea.md"]
        assert found("name=pot.md") == ["pot.md"]
        assert found("run=FAIL") == ["pot.md"]
        assert found("create_time_to=1000") == []
        assert found("create_time_from=0&create_time_to=0") == ["pot.md", "tea.md"]
        assert found("keywords=%00") == []
        for query in ("create_time_from=x", "create_time_to=" + "9" * 30, "orderby=digest"):
            assert refusal_of(alice.get(f"{handbook}/documents?{query}"), 400)

    def test_one_is_renamed_and_found_by_its_new_name(
        self, alice: Client, handbook: str, world: World
    ) -> None:
        document = ingest(world.knowledge_base, "tea.md", b"Hot.")
        ingest(world.knowledge_base, "pot.md", b"Warm.")
        address = f"{handbook}/documents/{document.pk.hex}"
        assert data_of(send(alice, "PUT", address, {"name": "oolong.md"}))["name"] == "oolong.md"
        read_now([document.pk])
        assert "oolong" in document.chunks.get().title_terms
        assert "another document" in refusal_of(
            send(alice, "PUT", address, {"name": "pot.md"}), 409
        )
        bodies: list[Any] = [{"name": ""}, {"meta_fields": {}}, {"chunk_method": "book"}]
        for body in bodies:
            assert refusal_of(send(alice, "PUT", address, body), 400)

    def test_they_are_stopped_and_read_again(self, alice: Client, handbook: str) -> None:
        [tea] = upload(alice, handbook, tea=b"Hot.")
        chunks, ids = f"{handbook}/chunks", {"document_ids": [tea["id"]]}
        assert data_of(send(alice, "DELETE", chunks, ids)) == {"success_count": 1}
        assert Document.objects.get().status == "stopped"
        [listed] = data_of(alice.get(f"{handbook}/documents"))["docs"]
        assert listed["run"] == "CANCEL"
        assert data_of(send(alice, "POST", chunks, ids)) == {"success_count": 1}
        read_now([Document.objects.get().pk])
        assert Document.objects.get().status == "ready"
        assert refusal_of(send(alice, "POST", chunks, {"document_ids": None}), 400)

    def test_some_are_deleted_or_all(self, alice: Client, handbook: str) -> None:
        tea, _pot, _cup = upload(alice, handbook, tea=b"1", pot=b"2", cup=b"3")
        address = f"{handbook}/documents"
        body = {"ids": [tea["id"], "0" * 32]}
        assert refusal_of(send(alice, "DELETE", address, body), 404) == "There is no such document"
        assert Document.objects.count() == 3
        assert data_of(send(alice, "DELETE", address, {"ids": [tea["id"]]})) is None
        assert AuditEvent.objects.filter(what=f"document {tea['id']}").exists()
        assert data_of(send(alice, "DELETE", address, {"ids": None})) is None
        assert Document.objects.count() == 0

    def test_an_upload_needs_a_file(self, alice: Client, handbook: str) -> None:
        assert "`file`" in refusal_of(alice.post(f"{handbook}/documents", {"name": "x"}), 400)
        assert "`file`" in refusal_of(send(alice, "POST", f"{handbook}/documents", {}), 400)

    def test_one_dataset_may_have_a_number_of_them(
        self, alice: Client, handbook: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(views, "MAX_DOCUMENTS", 1)
        sent = [SimpleUploadedFile(name, b"x") for name in "ab"]
        answer = alice.post(f"{handbook}/documents", {"file": sent})
        assert refusal_of(answer, 413) == "A dataset may have at most 1 documents"


class TestOriginals:
    def test_a_pdf_is_shown_at_a_page_and_nothing_else_is_run(
        self, alice: Client, handbook: str, world: World
    ) -> None:
        pdf = make_pdf("Hot.", "Cold.")
        document = ingest(world.knowledge_base, "teas/tea.pdf", pdf)
        answer = alice.get(f"{handbook}/documents/{document.pk.hex}")
        assert answer.content == pdf
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"] == 'inline; filename="tea.pdf"'

        page = b"<script>alert(1)</script>Hot."
        document = ingest(world.knowledge_base, "tea.html", page)
        answer = alice.get(f"{handbook}/documents/{document.pk.hex}")
        assert answer.content == page
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")

    def test_one_that_is_gone_is_not_found(
        self, alice: Client, handbook: str, world: World
    ) -> None:
        document = ingest(world.knowledge_base, "tea.md", b"Hot.")
        delete_original(document.file)
        answer = alice.get(f"{handbook}/documents/{document.pk.hex}")
        assert "not stored any more" in refusal_of(answer, 404)

    def test_a_document_of_another_dataset_is_not_found(self, alice: Client, world: World) -> None:
        other = KnowledgeBase.objects.create(owner=world.alice.user, name="Other")
        document = ingest(world.knowledge_base, "tea.md", b"Hot.")
        for id in (document.pk.hex, *NO_IDS):
            assert refusal_of(alice.get(f"{DATASETS}/{other.pk.hex}/documents/{id}"), 404)


class TestScopes:
    def test_reading_needs_read_and_the_rest_manage(self, world: World, handbook: str) -> None:
        only_read = Restrictions(scopes=frozenset([Scope.READ]))
        secret = issue_token(world.alice.user, "reader", restrictions=only_read).secret
        reader = Client(headers={"authorization": f"Bearer {secret}"})
        assert data_of(reader.get(handbook))["name"] == "Handbook"
        for method, address in (
            ("POST", DATASETS),
            ("DELETE", DATASETS),
            ("PUT", handbook),
            ("POST", f"{handbook}/documents"),
            ("DELETE", f"{handbook}/documents"),
            ("POST", f"{handbook}/chunks"),
            ("DELETE", f"{handbook}/chunks"),
        ):
            assert "scope" in refusal_of(send(reader, method, address, {}), 403)

    def test_a_token_for_single_dialogs_is_not_for_knowledge(
        self, world: World, handbook: str
    ) -> None:
        restrictions = Restrictions(dialogs=(world.dialog.pk,))
        secret = issue_token(world.alice.user, "one", restrictions=restrictions).secret
        client = Client(headers={"authorization": f"Bearer {secret}"})
        for address in (DATASETS, handbook, f"{handbook}/documents"):
            assert "not for knowledge bases" in refusal_of(client.get(address), 403)
