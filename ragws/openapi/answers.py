"""Questions and answers in the OpenAPI document."""

from __future__ import annotations

from ragws.openapi.operations import ANSWER_ERRORS, EVENTS, operation, path_item
from ragws.openapi.schema import (
    ANY_OBJECT,
    BOOLEAN,
    INTEGER,
    NULL,
    STRING,
    Schema,
    array,
    envelope,
    nullable,
    object_schema,
    query_parameter,
    ref,
    string_schema,
)

OFFSET = {"type": "integer", "minimum": 0, "description": "In bytes of UTF-8; hand it back"}
QUESTION_FIELDS: Schema = {
    "chat_id": string_schema(100, 1),
    "question": string_schema(16_000, 1),
    "stream": BOOLEAN,
    "session_id": STRING,
    "kb_ids": array(STRING),
    "doc_ids": array(STRING),
    "files": array(STRING),
    "request_id": string_schema(64, 1),
    "offset": OFFSET,
    "events": BOOLEAN,
    "edit": string_schema(100),
}
QUESTION = object_schema("chat_id question", **QUESTION_FIELDS)
IDS = {**array(string_schema(100)), "maxItems": 10}
# What an address has room for.
SHORT_QUESTION_FIELDS: Schema = {
    **QUESTION_FIELDS,
    "question": string_schema(500, 1),
    "session_id": string_schema(100),
    **dict.fromkeys(("kb_ids", "doc_ids", "files"), IDS),
}
QUESTION_PARAMETERS = [
    query_parameter(name, schema, name in QUESTION["required"])
    for name, schema in SHORT_QUESTION_FIELDS.items()
]
RATING = object_schema("rating", rating={"enum": ["up", "down", None]}, comment=string_schema(2000))
OFFSETS = [query_parameter(name, OFFSET) for name in ("offset", "reasoning_offset")]
WAIT = query_parameter("wait", {"type": "integer", "minimum": 0, "maximum": 50})
# What comes of a question: events, or JSON with `stream: false`.
COMPLETION = {**EVENTS, "application/json": ref("WholeAnswer")}
ASKED_FIELDS = {
    name: QUESTION_FIELDS[name]
    for name in ("question", "stream", "session_id", "kb_ids", "doc_ids", "files", "request_id")
}
RAGFLOW_COMPLETION = {
    **EVENTS,
    "application/json": envelope(
        object_schema(
            "answer reference id session_id",
            answer=STRING,
            reference=ANY_OBJECT,
            id=STRING,
            session_id=STRING,
        )
    ),
}
SCHEMAS: dict[str, Schema] = {
    "Answer": object_schema(
        "id session_id answer offset status",
        id=STRING,
        session_id=STRING,
        request_id=STRING,
        answer={"type": "string", "description": "What is new since `offset`"},
        offset=OFFSET,
        reasoning=STRING,
        reasoning_offset=OFFSET,
        status={"enum": ["pending", "complete", "stopped", "failed", "interrupted"]},
        stage=nullable(STRING),
        reference=ANY_OBJECT,
        usage=ANY_OBJECT,
        timing=ANY_OBJECT,
        error=nullable(object_schema("code message", code=INTEGER, message=STRING)),
    ),
    "ErrorFrame": object_schema(
        "code message data",
        code=INTEGER,
        message=string_schema(10_000, 1),
        data=object_schema("answer reference", answer=STRING, reference=array(ANY_OBJECT)),
    ),
    "WholeAnswer": object_schema(
        "code message data",
        code={"const": 0},
        message={"const": ""},
        data=object_schema(
            "answer reference id session_id offset",
            answer=STRING,
            reference=ANY_OBJECT,
            id=STRING,
            session_id=STRING,
            request_id=STRING,
            reasoning=STRING,
            offset=OFFSET,
        ),
        status=STRING,
        usage=ANY_OBJECT,
        timing=ANY_OBJECT,
    ),
}

PATHS = dict(
    [
        path_item(
            "chats/{chat_id}/completions",
            post=operation(
                "Ask as RAGFlow's programs do",
                NULL,
                object_schema("question", **ASKED_FIELDS),
                more_errors=ANSWER_ERRORS,
                content=RAGFLOW_COMPLETION,
            ),
        ),
        path_item(
            "answers/{answer_id}",
            get=operation(
                "Read what is new of an answer, within `wait` seconds",
                ref("Answer"),
                parameters=[*OFFSETS, WAIT],
                more_errors=ANSWER_ERRORS,
            ),
        ),
        path_item(
            "answers/{answer_id}/events",
            get=operation(
                "Follow an answer from an offset, or from `Last-Event-ID`",
                NULL,
                parameters=[*OFFSETS, query_parameter("events", BOOLEAN)],
                more_errors=ANSWER_ERRORS,
                content=EVENTS,
            ),
        ),
        path_item(
            "answers/{answer_id}/stop",
            post=operation(
                "Stop it",
                object_schema("id session_id status", id=STRING, session_id=STRING, status=STRING),
                more_errors=ANSWER_ERRORS,
            ),
        ),
        path_item(
            "answers/{answer_id}/feedback",
            post=operation(
                "Rate it",
                object_schema("id session_id rating", id=STRING, session_id=STRING),
                RATING,
            ),
        ),
        path_item(
            "answers/{answer_id}/switch",
            post=operation(
                "Show the branch of that answer, or question",
                object_schema("session_id", session_id=STRING),
                more_errors=ANSWER_ERRORS,
            ),
        ),
        path_item(
            "answers/{answer_id}/regenerate",
            post=operation(
                "Answer its question again",
                object_schema("id session_id", id=STRING, session_id=STRING),
                status="201",
                more_errors=ANSWER_ERRORS,
            ),
        ),
        path_item(
            "conversation/completion",
            "/v1/",
            post=operation(
                "Ask, and follow the answer",
                NULL,
                QUESTION,
                more_errors=ANSWER_ERRORS,
                error="ErrorFrame",
                content=COMPLETION,
            ),
            get=operation(
                "The same for an EventSource",
                NULL,
                parameters=QUESTION_PARAMETERS,
                more_errors=ANSWER_ERRORS,
                error="ErrorFrame",
                content=COMPLETION,
            ),
        ),
    ]
)
