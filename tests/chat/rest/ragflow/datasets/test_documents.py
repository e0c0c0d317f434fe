"""Documents below `/ragflow`: uploaded, listed, changed, parsed and deleted as there."""

from __future__ import annotations

from typing import Any

import pytest

from chat.rest.ragflow.datasets import parser_config
from core.ids import new_id
from knowledge.ingestion import read_now
from knowledge.models import Document
from tests.support.ragflow_api import NEW
from tests.support.ragflow_client import RAGFlowClient
from tests.support.world import World

pytestmark = pytest.mark.database


@pytest.fixture
def api(world: World) -> RAGFlowClient:
    return RAGFlowClient(world.alice)


@pytest.fixture
def dataset(world: World) -> str:
    return world.knowledge_base.pk.hex


@pytest.fixture
def path(dataset: str) -> str:
    return f"datasets/{dataset}/documents"


def upload(api: RAGFlowClient, dataset: str, *names: str) -> list[str]:
    return [one["id"] for one in api.upload(dataset, *names)["data"]]


def parse(api: RAGFlowClient, dataset: str, ids: list[str]) -> Any:
    answer = api.send("POST", f"datasets/{dataset}/chunks", {"document_ids": ids})
    read_now(Document.objects.values_list("pk", flat=True))
    return answer


class TestUploads:
    def test_they_wait_until_they_are_to_be_parsed(self, api: RAGFlowClient, dataset: str) -> None:
        [shown] = api.upload(dataset, "tea.md")["data"]
        assert (shown["run"], shown["progress"], shown["dataset_id"]) == ("UNSTART", 0.0, dataset)
        assert (shown["type"], shown["suffix"], shown["location"]) == ("doc", "md", "tea.md")
        assert shown["process_begin_at"] is None
        read_now(Document.objects.values_list("pk", flat=True))
        assert parse(api, dataset, [shown["id"]])["code"] == 0
        [done] = api.data("GET", f"datasets/{dataset}/documents")["docs"]
        assert (done["run"], done["progress"], done["chunk_count"]) == ("DONE", 1.0, 1)
        assert done["process_begin_at"].endswith("GMT")
        assert done["process_duration"] > 0
        assert "Task done" in done["progress_msg"]

    def test_the_same_name_gets_a_number(self, api: RAGFlowClient, dataset: str) -> None:
        def names(*sent: str) -> list[str]:
            return [one["name"] for one in api.upload(dataset, *sent)["data"]]

        assert names("tea.md", "tea.md", "Tea.md") == ["tea.md", "tea(1).md", "Tea.md"]
        assert names("tea.md", "tea(1).md") == ["tea(2).md", "tea(1)(1).md"]
        long = "x" * 252 + ".md"
        assert names(long, long) == [long, "x" * 249 + "(1).md"]

    def test_what_cannot_be_taken_is_refused(self, api: RAGFlowClient, dataset: str) -> None:
        def refused(*names: str) -> tuple[int, str]:
            answer = api.upload(dataset, *names)
            return answer["code"], answer["message"]

        assert refused() == (101, "No file part!")
        assert refused("é" * 130 + ".md") == (101, "File name must be 255 bytes or less.")
        for name in ("tea.exe", "tea"):
            unsupported = f"{name}: This type of file has not been supported yet!"
            assert refused("tea.md", name) == (500, unsupported)
        assert api.upload("nonsense", "tea.md")["message"] == (
            'LookupError("Can\'t find the dataset with ID nonsense!")'
        )
        assert not Document.objects.exists()

    def test_a_file_without_a_name_is_none(self, api: RAGFlowClient, path: str) -> None:
        part = 'Content-Disposition: form-data; name="file"; filename=""'
        form = f"--x\r\n{part}\r\n\r\nHot.\r\n--x--\r\n"
        reply = api.client.generic("POST", api.root + path, form, "multipart/form-data; boundary=x")
        assert (reply.json()["code"], reply.json()["message"]) == (101, "No file selected!")

    def test_they_are_downloaded_as_they_were(
        self, api: RAGFlowClient, dataset: str, path: str
    ) -> None:
        [id] = upload(api, dataset, "tea.md")
        assert b"".join(api.client.get(f"{api.root}{path}/{id}")) == b"Hot."
        assert api.refusal("GET", f"{path}/{'0' * 32}") == (
            *(102, f"The dataset not own the document {'0' * 32}."),
        )
        assert api.refusal("GET", f"datasets/none/documents/{id}") == (
            *(102, "You do not own the dataset none."),
        )


NARROWED: list[tuple[dict[str, Any], str]] = [
    ({}, "cba"),
    ({"desc": "False"}, "abc"),
    ({"orderby": "name", "desc": "false"}, "abc"),
    ({"orderby": "nothing"}, "cba"),
    ({"page": 2, "page_size": 2}, "a"),
    ({"page": "x", "page_size": 0}, "cba"),
    ({"keywords": "B"}, "b"),
    ({"keywords": "\0"}, ""),
    ({"name": "a.md"}, "a"),
    ({"name": "", "id": ""}, "cba"),
    ({"suffix": "txt"}, "c"),
    ({"run": ["UNSTART", "DONE"]}, "cba"),
    ({"run": "0"}, "cba"),
    ({"run": ["DONE", "CANCEL"]}, ""),
    ({"create_time_to": "1"}, ""),
    ({"metadata_condition": '{"logic": "and"}'}, "cba"),
    ({"unknown": "x"}, "cba"),
]


SENSELESS: list[tuple[dict[str, str], str]] = [
    ({"id": "nonsense"}, "You don't own the document nonsense."),
    ({"name": "d.md"}, "You don't own the document d.md."),
    ({"name": "\0"}, "You don't own the document \0."),
    ({"run": "LATE"}, "Invalid filter run status conditions: LATE"),
    ({"metadata_condition": "{"}, "metadata_condition must be valid JSON."),
    ({"metadata_condition": "[" * 9000}, "metadata_condition must be valid JSON."),
    ({"metadata_condition": "[1]"}, "metadata_condition must be an object."),
]


class TestLists:
    def test_they_are_narrowed(self, api: RAGFlowClient, dataset: str, path: str) -> None:
        upload(api, dataset, "a.md", "b.md", "c.txt")
        for query, names in NARROWED:
            found = api.data("GET", path, **query)
            assert "".join(one["name"][0] for one in found["docs"]) == names, query

    def test_what_makes_no_sense_is_refused(self, api: RAGFlowClient, path: str) -> None:
        for query, message in SENSELESS:
            assert api.refusal("GET", path, **query) == (102, message)

    def test_an_id_and_a_name_must_both_fit(
        self, api: RAGFlowClient, dataset: str, path: str
    ) -> None:
        [a, _b] = upload(api, dataset, "a.md", "b.md")
        assert api.data("GET", path, id=a, name="b.md") == {"total": 0, "docs": []}
        assert api.data("GET", path, id=a, name="a.md")["total"] == 1
        assert api.refusal("GET", "datasets/none/documents") == (
            *(102, "You don't own the dataset none. "),
        )


REFUSED: list[tuple[Any, int, str]] = [
    ({"name": "tea.txt"}, 101, "The extension of file can't be changed"),
    ({"name": ""}, 101, "The extension of file can't be changed"),
    ({"name": "x" * 253 + ".md"}, 101, "File name must be 255 bytes or less."),
    ({"name": "pot.md"}, 102, "Duplicated document name in the same dataset."),
    ({"name": 1}, 100, "AttributeError(\"'int' object has no attribute 'encode'\")"),
    (
        {"name": None},
        100,
        "AttributeError(\"'NoneType' object has no attribute 'encode'\")",
    ),
    ({"chunk_method": "x"}, 102, "`chunk_method` x doesn't exist"),
    ({"chunk_method": ["x"]}, 102, "`chunk_method` ['x'] doesn't exist"),
    ({"chunk_count": 9}, 102, "Can't change `chunk_count`."),
    ({"progress": 1}, 102, "Can't change `progress`."),
    ({"meta_fields": "x"}, 102, "meta_fields must be a dictionary"),
    ({"meta_fields": {"x": "x" * 65_536}}, 102, "meta_fields may have at most"),
    ({"parser_config": "x"}, 102, "parser_config must be a dictionary"),
    ({"parser_config": {"x": "x" * 65_536}}, 101, "Field: <parser_config>"),
    ({"enabled": 0}, 102, "Documents cannot be switched off here"),
    ("name", 100, "AttributeError(\"'str' object has no attribute 'get'\")"),
    (b"{", 100, "<BadRequest '400: Bad Request'>"),
]


class TestChanges:
    def test_what_is_sent_is_shown(self, api: RAGFlowClient, dataset: str, path: str) -> None:
        [id] = upload(api, dataset, "tea.md")
        sent = {
            "name": "TEA.MD",
            "meta_fields": {"author": "Ann"},
            "chunk_method": "manual",
            "parser_config": {"delimiter": "", "raptor": {"use_raptor": True}},
            "progress": 0.0,
            "enabled": 1,
            "unknown": "x",
        }
        changed = api.data("PUT", f"{path}/{id}", sent)
        assert changed == api.data("GET", path)["docs"][0]
        assert (changed["name"], changed["chunk_method"]) == ("TEA.MD", "manual")
        assert changed["meta_fields"] == {"author": "Ann"}
        config = parser_config.WITHOUT_EXTRAS | sent["parser_config"]  # type: ignore[operator]
        assert changed["parser_config"] == config
        # It is still not to be parsed.
        assert changed["run"] == "UNSTART"
        back = api.data("PATCH", f"{path}/{id}", {"chunk_method": "naive", "parser_config": {}})
        assert back["parser_config"] == parser_config.NAIVE

    def test_others_are_refused(self, api: RAGFlowClient, dataset: str, path: str) -> None:
        [id, _] = upload(api, dataset, "tea.md", "pot.md")
        for body, code, message in REFUSED:
            found, said = api.refusal("PUT", f"{path}/{id}", body)
            assert (found, said[: len(message)]) == (code, message)

    def test_ids_of_nothing_are_told(self, api: RAGFlowClient, path: str) -> None:
        assert api.refusal("PUT", f"{path}/none", {}) == (
            *(102, "The dataset doesn't own the document."),
        )
        assert api.refusal("PUT", "datasets/none/documents/none", {}) == (
            *(102, "You don't own the dataset."),
        )

    def test_passages_are_found_by_the_new_name(
        self, api: RAGFlowClient, dataset: str, path: str
    ) -> None:
        [id] = upload(api, dataset, "tea.md")
        parse(api, dataset, [id])
        api.data("PUT", f"{path}/{id}", {"name": "oolong.md"})
        document = Document.objects.get()
        assert "oolong" in document.chunks.get().title_terms
        assert document.status == Document.Status.READY


class TestParsing:
    def test_those_that_are_there_are_parsed(self, api: RAGFlowClient, dataset: str) -> None:
        ids = upload(api, dataset, "a.md", "b.md")
        answer = parse(api, dataset, [ids[0], "x'", ids[0]])
        assert (answer["code"], answer["message"]) == (102, 'Documents not found: ["x\'"]')
        answer = parse(api, dataset, [ids[1], ids[1]])
        assert answer["data"] == {
            "success_count": 1,
            "errors": [f"Duplicate document ids: {ids[1]}"],
        }
        assert answer["message"] == "Partially parsed 1 documents with 1 errors"
        assert {one.status for one in Document.objects.all()} == {Document.Status.READY}

    def test_they_are_stopped(self, api: RAGFlowClient, dataset: str, path: str) -> None:
        ids = upload(api, dataset, "a.md", "b.md")
        address, body = f"datasets/{dataset}/chunks", {"document_ids": ids}
        not_begun = (102, "Can't stop parsing document with progress at 0 or 1")
        assert api.refusal("DELETE", address, body) == not_begun
        assert api.data("POST", address, body) is None
        none = new_id().hex
        assert api.refusal("DELETE", address, {"document_ids": [*ids, none]}) == (
            *(102, f"You don't own the document {none}."),
        )
        assert api.data("DELETE", address, body) is None
        for one in api.data("GET", path)["docs"]:
            assert (one["run"], one["progress"]) == ("CANCEL", 0.0)
            assert one["process_begin_at"]
        assert api.refusal("DELETE", address, body) == not_begun
        assert api.data("GET", path, run="CANCEL")["total"] == 2

    @pytest.mark.parametrize("method", ["POST", "DELETE"])
    def test_what_makes_no_sense_is_refused(
        self, api: RAGFlowClient, dataset: str, method: str
    ) -> None:
        address = f"datasets/{dataset}/chunks"
        bodies: list[Any] = [None, {}, {"document_ids": []}, {"document_ids": None}]
        for body in bodies:
            assert api.refusal(method, address, body) == (102, "`document_ids` is required")
        for ids in ("x", [1], ["x"] * 1001):
            assert api.refusal(method, address, {"document_ids": ids})[0] == 102
        assert api.refusal(method, "datasets/none/chunks", {}) == (
            *(102, "You don't own the dataset none."),
        )


class TestDeleting:
    def test_those_that_are_there_are_deleted(
        self, api: RAGFlowClient, dataset: str, path: str
    ) -> None:
        ids = upload(api, dataset, "a.md", "b.md", "c.md")
        answer = api.refusal("DELETE", path, {"ids": [ids[0], "\n'\""]})
        assert answer == (102, "Documents not found: ['\\n\\'\"']")
        assert api.data("DELETE", path, {"ids": [ids[1], ids[1]]}) == {
            "success_count": 1,
            "errors": [f"Duplicate document ids: {ids[1]}"],
        }
        assert Document.objects.get().name == "c.md"
        assert api.data("DELETE", path, {"ids": [ids[2]]}) is None
        assert api.refusal("DELETE", path, "c.md")[0] == 100

    @pytest.mark.parametrize("body", [None, {}, {"ids": None}, {"ids": []}])
    def test_no_ids_mean_all_of_them(
        self, world: World, dataset: str, path: str, body: Any
    ) -> None:
        """Up to release 0.24; since then that has to be said."""
        new, old = RAGFlowClient(world.alice, NEW), RAGFlowClient(world.alice)
        upload(old, dataset, "a.md")
        assert new.data("DELETE", path, body) is None
        assert Document.objects.count() == 1
        assert old.data("DELETE", path, body) is None
        assert not Document.objects.exists()
        upload(old, dataset, "a.md")
        assert new.data("DELETE", path, {"delete_all": True}) is None
        assert not Document.objects.exists()
