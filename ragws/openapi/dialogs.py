"""Dialogs, conversations and files for questions in the OpenAPI document."""

from __future__ import annotations

from ragws.openapi.operations import IDS_OR_ALL, LIST_PARAMETERS, PAGES, operation, path_item
from ragws.openapi.schema import (
    ANY_OBJECT,
    INTEGER,
    NULL,
    STRING,
    TIMESTAMP,
    Schema,
    array,
    nullable,
    object_schema,
    query_parameter,
    ref,
    string_schema,
)

STARTERS = {**array(string_schema(200, 1)), "maxItems": 6}
DIALOG_FIELDS = {
    "name": string_schema(255, 1),
    "description": nullable(string_schema(10_000)),
    "dataset_ids": nullable({**array(STRING), "maxItems": 1000}),
    "llm": nullable(ANY_OBJECT),
    "prompt": nullable(ANY_OBJECT),
    "starters": STARTERS,
}
SESSIONS = "chats/{dialog_id}/sessions"
SCHEMAS: dict[str, Schema] = {
    "Chat": object_schema(
        "id name description prompt starters",
        id=STRING,
        name=STRING,
        description=STRING,
        engine=STRING,
        datasets=array(object_schema("id name", id=STRING, name=STRING)),
        prompt=ANY_OBJECT,
        dataset_ids=array(STRING),
        llm=ANY_OBJECT,
        starters=STARTERS,
        create_time=TIMESTAMP,
        update_time=TIMESTAMP,
    ),
    "Session": object_schema(
        "id chat_id name create_time update_time",
        id=STRING,
        chat_id=STRING,
        name=STRING,
        create_time=TIMESTAMP,
        update_time=TIMESTAMP,
        total={"type": "integer", "description": "How many messages it has in all"},
        messages=array(
            {"anyOf": [ref("Message"), object_schema("role content", role=STRING, content=STRING)]}
        ),
    ),
    "Message": object_schema(
        "id role content created_at status",
        id=STRING,
        role={"enum": ["user", "assistant"]},
        content=STRING,
        created_at=TIMESTAMP,
        status=STRING,
        files=array(ref("File")),
        versions={
            **array(STRING),
            "description": "Of a question: all that were made by editing it",
        },
        question_id=nullable(STRING),
        reference=ANY_OBJECT,
        reasoning=STRING,
        error=nullable(object_schema("code message", code=INTEGER, message=STRING)),
        usage=ANY_OBJECT,
        suggestions=array(STRING),
        rating={"enum": ["up", "down", None]},
        comment=STRING,
        timing=ANY_OBJECT,
    ),
    "File": object_schema(
        "id name size", id=STRING, name=STRING, size=INTEGER, create_time=TIMESTAMP
    ),
}

PATHS = dict(
    [
        path_item(
            "chats",
            get=operation(
                "List your dialogs", array(ref("Chat")), query=PAGES, parameters=LIST_PARAMETERS
            ),
            post=operation(
                "Make one",
                ref("Chat"),
                object_schema("name", **DIALOG_FIELDS),
                more_errors={"409": "You have too many"},
            ),
            delete=operation("Delete some, or with `null` all", NULL, IDS_OR_ALL),
        ),
        path_item(
            "chats/{dialog_id}",
            get=operation("Look at one", ref("Chat")),
            put=operation("Change it", ref("Chat"), object_schema("", **DIALOG_FIELDS)),
        ),
        path_item(
            SESSIONS,
            get=operation(
                "List its sessions",
                array(ref("Session")),
                query=PAGES,
                parameters=[*LIST_PARAMETERS, query_parameter("search", STRING)],
            ),
            post=operation(
                "Begin one before its first question",
                ref("Session"),
                object_schema("", name=nullable(string_schema(255, 1))),
                more_errors={"409": "There are too many"},
            ),
            delete=operation("Delete some, or with `null` all", NULL, IDS_OR_ALL),
        ),
        path_item(
            SESSIONS + "/{session_id}",
            get=operation("Read its messages, page 1 the newest", ref("Session"), query=PAGES),
            put=operation(
                "Rename it", ref("Session"), object_schema("name", name=string_schema(255, 1))
            ),
        ),
    ]
)
