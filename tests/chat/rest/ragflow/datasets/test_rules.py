"""What the fields of a dataset may be, and the words in which others are refused. No database."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from chat.rest.ragflow.datasets import dataset_fields, embedding_models, parser_config
from chat.rest.ragflow.datasets.highlight import marked
from chat.rest.ragflow.datasets.validation import integer
from chat.rest.ragflow.views import Refusal
from core.ids import new_id

LONG = "x" * 65_536
AT_LEAST, AT_MOST = "greater than or equal to {}", "less than or equal to {}"
SHORT = "String should have at least 1 character"
NO_NUMBER = "unable to parse string as a number"
NO_WHOLE = "Input should be a valid integer"
NO_TEXT = "Input should be a valid string"
NO_LIST = "Input should be a valid list"
NO_BOOLEAN = "Input should be a valid boolean"
# The name of a field, values that it takes, and values that it does not, with why.
FIELDS: list[tuple[str, list[Any], list[tuple[Any, str]]]] = [
    ("name", ["Tea", "茶", "x" * 128], [("\u200b", SHORT), ("x" * 129, "at most 128 characters")]),
    ("name", [], [(None, NO_TEXT), (7, NO_TEXT), (["a"], NO_TEXT), ("  ", SHORT)]),
    ("description", [None, "", "Hot."], [(LONG, "at most 65535 characters"), (1, NO_TEXT)]),
    ("avatar", [None, "data:image/jpeg;base64,AA"], [("AA", "Missing MIME prefix")]),
    ("avatar", [], [("image/png,AA", "Must start with 'data:'"), (LONG, "at most 65535")]),
    ("avatar", [], [("data:image/svg+xml,<svg>", "Unsupported MIME type")]),
    (
        "permission",
        ["me", "team"],
        [("Me", "'me' or 'team'"), ("", "'me'"), (None, "'me'"), ({}, "'me'")],
    ),
    ("chunk_method", ["naive", "tag"], [("x", "'table' or 'tag'"), (None, "'tag'"), ([], "'tag'")]),
    (
        "pagerank",
        [0, 100],
        [(-1, AT_LEAST.format(0)), (101, AT_MOST.format(100)), (None, NO_WHOLE)],
    ),
    ("embedding_model", [None, "embedding-3@ZHIPU-AI"], [("bge", "<model_name>@<provider>")]),
    ("embedding_model", [], [("bge@ ", "non-empty"), ("@x", "non-empty"), (1, NO_TEXT)]),
    ("parse_type", [None], [(1, "no pipelines")]),
    ("parser_config", [None, {}], [([], "valid dictionary"), ({"x": 1}, "Extra inputs")]),
    ("tenant_id", [], [("x", "Extra inputs are not permitted")]),
]
CONFIGS: list[tuple[str, list[Any], list[tuple[Any, str]]]] = [
    ("auto_keywords", [0, 32], [(33, AT_MOST.format(32)), (True, NO_WHOLE), (0.5, "fractional")]),
    ("chunk_token_num", [1, 2048], [(0, AT_LEAST.format(1)), ("9", "unable to parse string")]),
    ("delimiter", [" ", "\n"], [("", SHORT), (LONG, "exceeds size limit (max 65,535 characters)")]),
    ("html4excel", [True], [(1, NO_BOOLEAN), ("true", NO_BOOLEAN)]),
    ("filename_embd_weight", [None, 0.5, 1], [(1.5, AT_MOST.format(1)), ("a", NO_NUMBER)]),
    ("pages", [None, [[1, 9]]], [("1", NO_LIST), ([1], NO_LIST), ([["1"]], NO_WHOLE)]),
    ("tag_kb_ids", [["a"]], [("a", NO_LIST), ([1], NO_TEXT)]),
    ("graphrag", [{"method": "light"}], [({"method": None}, "'light' or 'general'")]),
    (
        "graphrag",
        [{"entity_types": ["age"]}],
        [({"entity_types": "age"}, NO_LIST), (3, "dictionary")],
    ),
    ("raptor", [{"threshold": 0}], [({"threshold": -1}, AT_LEAST.format(0)), ({"x": 1}, "Extra")]),
    (
        "raptor",
        [{"prompt": "Sum up."}],
        [({"prompt": " "}, SHORT), ({"max_token": 0}, "equal to 1")],
    ),
]
FIELDS += [
    (
        "parser_config",
        [{name: value} for value in good],
        [({name: value}, why) for value, why in bad],
    )
    for name, good, bad in CONFIGS
]


@pytest.mark.parametrize(("name", "good", "bad"), FIELDS, ids=lambda value: str(value)[:30])
def test_a_field_is_taken_or_refused(
    name: str, good: list[Any], bad: list[tuple[Any, str]]
) -> None:
    for value in good:
        assert dataset_fields.changed_dataset({name: value}) == {name: value}
    for value, why in bad:
        with pytest.raises(Refusal) as refused:
            dataset_fields.changed_dataset({name: value})
        assert why in str(refused.value)
        assert (refused.value.code, len(str(refused.value)) < 400) == (101, True)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nothing@ZHIPU-AI", "Unsupported model: <nothing@ZHIPU-AI>"),
        ("embedding-3@Nobody", "Unsupported model: <embedding-3@Nobody>"),
        ("text-embedding-3-large@OpenAI", "Unauthorized model: <text-embedding-3-large@OpenAI>"),
    ],
)
def test_models_that_are_not_there_are_refused(name: str, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        embedding_models.check_available(name)
    assert (str(refused.value), refused.value.code) == (why, 101)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("page=0", "greater than or equal to 1"),
        ("page_size=two", "unable to parse string as an integer"),
        ("orderby=size", "'create_time' or 'update_time'"),
        ("orderby=", "'create_time' or 'update_time'"),
        ("desc=perhaps", NO_BOOLEAN),
        ("id=", "Invalid UUID1 format"),
        ("id=" + "a" * 32, "Invalid UUID1 format"),
        ("owner=bob", "Extra inputs are not permitted"),
    ],
)
def test_a_query_is_checked(query: str, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        dataset_fields.query(QueryDict(query))
    assert why in str(refused.value)


def test_a_query_is_read() -> None:
    id = new_id()
    found = dataset_fields.query(QueryDict(f"id={id.hex}&page=2&orderby= UPDATE_TIME &desc=No"))
    assert found == {"id": id, "page": 2, "orderby": "update_time", "desc": False}


def test_ids_to_delete_are_all_or_some() -> None:
    id = new_id()
    assert dataset_fields.ids_to_delete({"ids": None}) is None
    assert dataset_fields.ids_to_delete({"ids": [id.hex]}) == [id]
    for body, why in (
        ({}, "Field required"),
        ({"ids": "x"}, NO_LIST),
        ({"ids": [id.hex, str(id)]}, f"Duplicate ids: '{id.hex}'"),
        ({"ids": ["1"]}, "Field: <ids.0> - Message: <Invalid UUID1 format> - Value: <1>"),
        ({"id": []}, "Extra inputs"),
    ):
        with pytest.raises(Refusal) as refused:
            dataset_fields.ids_to_delete(body)
        assert why in str(refused.value)


def test_configs_are_merged_to_any_depth_of_ours() -> None:
    old = parser_config.default_config("naive")
    new = parser_config.merged(old, {"raptor": {"max_token": 9}, "topn_tags": 1})
    assert (new["raptor"]["max_token"], new["raptor"]["max_cluster"], new["topn_tags"]) == (
        9,
        64,
        1,
    )
    assert old == parser_config.default_config("naive")
    assert parser_config.default_config("table") == {}


@given(st.integers(max_value=0) | st.floats() | st.text() | st.none() | st.booleans())
def test_what_is_no_such_number_is_refused(value: Any) -> None:
    with pytest.raises(Refusal, match=r"^Field: <n> - Message: <Input should be"):
        integer(1, 9)("n", value)


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("Green tea, greener.", "How is GREEN tea?", "<em>Green</em> <em>tea</em>, greener."),
        ("绿茶很热", "绿茶？", "<em>绿茶</em>很热"),
        ("a.b", "?!", "a.b"),
        ("(a)", "a", "(<em>a</em>)"),
        ("Nothing", "", "Nothing"),
    ],
)
def test_words_of_the_question_are_marked(text: str, question: str, expected: str) -> None:
    assert marked(text, question) == expected
