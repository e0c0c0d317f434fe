"""The OpenAPI document of the REST API, for client generators; people read docs/protocol.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from accounts.scopes import Scope
from core.version import VERSION

Schema = dict[str, Any]

STRING, INTEGER, BOOLEAN = ({"type": kind} for kind in ("string", "integer", "boolean"))
NUMBER, NULL, ANY_OBJECT = {"type": "number"}, {"type": "null"}, {"type": "object"}
TIMESTAMP = {"type": "integer", "description": "Milliseconds since 1970"}
OFFSET = {"type": "integer", "minimum": 0, "description": "In bytes of UTF-8; hand it back"}
SCOPES = {"type": "array", "items": {"enum": sorted(map(str, Scope))}}
# What any request may be answered with, by HTTP status.
ERRORS = {
    "400": "Something is missing or wrong; the sentence names the field",
    "404": "It does not exist, or it is not yours",
    "413": "The request is larger than the server reads",
    "415": "The body is of another type",
    "429": "A limit is reached; `retry_after` says when to come back",
    "500": "Our mistake; the sentence has the name that the log has",
}
AUTHENTICATION_ERRORS = {
    "401": "No credential, or a wrong one",
    "403": "The credential is not for this",
}
# Of requests that begin, follow or end an answer.
ANSWER_ERRORS = {
    "409": "The session is busy, the `request_id` is taken, or the offset is beyond the text",
    "502": "The model's server failed",
    "503": "The server restarts: try again, which reaches another process",
    "504": "The model's server timed out",
}
PLATFORM_ERRORS = {"502": "The platform did not answer", "503": "The platform is busy"}


def nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, NULL]}


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def string_schema(max_length: int, min_length: int = 0) -> Schema:
    return {"type": "string", "minLength": min_length, "maxLength": max_length}


def object_schema(required: str = "", **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": required.split()}


def envelope(data: Schema) -> Schema:
    return object_schema("code message data", code={"const": 0}, message=STRING, data=data)


STARTERS = {**array(string_schema(200, 1)), "maxItems": 6}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def query_parameter(name: str, schema: Schema, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "required": required, "schema": schema}


SCHEMAS: dict[str, Schema] = {
    "Error": object_schema(
        "code message data",
        code=INTEGER,
        message=string_schema(10_000, 1),
        data=nullable(ANY_OBJECT),
    ),
    "Login": object_schema(
        "access_token token_type expires_in refresh_token refresh_expires_in",
        access_token=STRING,
        token_type=STRING,
        expires_in=INTEGER,
        refresh_token=STRING,
        refresh_expires_in=INTEGER,
    ),
    "Ticket": object_schema("ticket expires_in", ticket=STRING, expires_in=INTEGER),
    "Token": object_schema(
        "id name hint state scopes dialogs origins allow_in_url questions model_tokens",
        id=STRING,
        name=STRING,
        hint=STRING,
        state=STRING,
        scopes=SCOPES,
        dialogs=array(STRING),
        origins=array(STRING),
        allow_in_url=BOOLEAN,
        created_at=TIMESTAMP,
        expires_at=nullable(TIMESTAMP),
        revoked_at=nullable(TIMESTAMP),
        last_used_at=nullable(TIMESTAMP),
        last_used_from=nullable(STRING),
        questions=INTEGER,
        model_tokens=INTEGER,
        replaced_by=nullable(STRING),
        token={"type": "string", "description": "The secret; only when it is issued"},
    ),
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
    "OpenAIError": object_schema(
        "error",
        error=object_schema(
            "message type param code",
            message=string_schema(10_000, 1),
            type=STRING,
            param=nullable(STRING),
            code=nullable(STRING),
        ),
    ),
    "Model": object_schema(
        "id object created owned_by",
        id=STRING,
        object={"const": "model"},
        created=INTEGER,
        owned_by=STRING,
        name=STRING,
        chat_id=STRING,
    ),
    "ChatCompletion": object_schema(
        "id object created model choices usage",
        id=STRING,
        object={"const": "chat.completion"},
        created=INTEGER,
        model=STRING,
        choices=array(
            object_schema(
                "index message finish_reason",
                index=INTEGER,
                message=object_schema(
                    "role content",
                    role={"const": "assistant"},
                    content=STRING,
                    reasoning_content=STRING,
                    reference=ANY_OBJECT,
                ),
                finish_reason={"const": "stop"},
            )
        ),
        usage=ANY_OBJECT,
        session_id=STRING,
    ),
    "Dataset": object_schema(
        "id name description parser_config document_count chunk_count create_time update_time",
        id=STRING,
        name=STRING,
        description=STRING,
        parser_config=ref("ParserConfig"),
        document_count=INTEGER,
        chunk_count=INTEGER,
        create_time=TIMESTAMP,
        update_time=TIMESTAMP,
    ),
    "ParserConfig": object_schema(
        chunk_chars={"type": "integer", "minimum": 100, "maximum": 20_000},
        chunk_token_num={"type": "integer", "description": "Four characters each"},
    ),
    "Document": object_schema(
        "id dataset_id name size chunk_count run progress progress_msg create_time update_time",
        id=STRING,
        dataset_id=STRING,
        name=STRING,
        size=INTEGER,
        chunk_count=INTEGER,
        run={"enum": ["RUNNING", "DONE", "FAIL", "CANCEL"]},
        progress={"type": "number", "description": "From 0 to 1; -1: it could not be read"},
        progress_msg=STRING,
        create_time=TIMESTAMP,
        update_time=TIMESTAMP,
    ),
    "Chunk": object_schema(
        "id content document_id dataset_id important_keywords questions available place",
        id=STRING,
        content=STRING,
        document_id=STRING,
        dataset_id=STRING,
        important_keywords=array(STRING),
        questions=array(STRING),
        available=BOOLEAN,
        place=STRING,
    ),
    "Count": object_schema("success_count", success_count=INTEGER),
    "File": object_schema(
        "id name size", id=STRING, name=STRING, size=INTEGER, create_time=TIMESTAMP
    ),
}

CODE = object_schema("code", code=string_schema(512, 1), chat_id=string_schema(100), ticket=BOOLEAN)
NEW_TICKET = object_schema(chat_id=string_schema(100), end_user=string_schema(64), scopes=SCOPES)
NEW_TOKEN = object_schema(
    "name",
    name=string_schema(100, 1),
    days={"type": "integer", "minimum": 1, "maximum": 36_500},
    scopes=SCOPES,
    dialogs=array({"type": "string", "format": "uuid"}),
    origins=array(string_schema(255)),
    allow_in_url=BOOLEAN,
)
LOGIN = {
    **object_schema(
        "password",
        username=string_schema(254),
        email=string_schema(254),
        password=string_schema(4096),
    ),
    "oneOf": [{"required": ["username"]}, {"required": ["email"]}],
}
REFRESH = object_schema("refresh_token", refresh_token=string_schema(100, 1))
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
CHAT_MESSAGE = object_schema(
    "role content",
    role={"enum": ["system", "developer", "user", "assistant", "tool", "function"]},
    content={"anyOf": [STRING, NULL, array(ANY_OBJECT)]},
)
CONVERSATION = object_schema(
    "model messages",
    model=string_schema(255, 1),
    messages={**array(CHAT_MESSAGE), "minItems": 1},
    stream=BOOLEAN,
    stream_options=object_schema(include_usage=BOOLEAN),
    reference=BOOLEAN,
    metadata=object_schema(session_id=string_schema(255)),
)
EVENTS = {"text/event-stream": {"type": "string"}}
# A file as it was uploaded.
ORIGINALS: dict[str, Schema] = {"application/pdf": {}, "application/octet-stream": {}}
# What comes of a question: events, or JSON with `stream: false`.
COMPLETION = {**EVENTS, "application/json": ref("WholeAnswer")}
CHAT_COMPLETION = {**EVENTS, "application/json": ref("ChatCompletion")}
DATASET_FIELDS = {
    "name": string_schema(128, 1),
    "description": nullable(string_schema(65_535)),
    "parser_config": nullable(ref("ParserConfig")),
    "permission": {"enum": [None, "me"]},
    "chunk_method": {"enum": [None, "naive"]},
}
CHUNK_FIELDS = {
    "content": string_schema(20_000, 1),
    "important_keywords": {**array(string_schema(1000)), "maxItems": 100},
    "questions": {**array(string_schema(1000)), "maxItems": 100},
}
RETRIEVAL = object_schema(
    "question dataset_ids",
    question=string_schema(16_000),
    dataset_ids={**array(STRING), "minItems": 1, "maxItems": 1000},
    document_ids={**array(STRING), "maxItems": 1000},
    page={"type": "integer", "minimum": 1, "maximum": 1024},
    page_size={"type": "integer", "minimum": 1, "maximum": 1024},
    top_k={"type": "integer", "minimum": 1, "maximum": 1024},
    similarity_threshold={"type": "number", "minimum": 0, "maximum": 1},
)
IDS_OR_ALL = object_schema("ids", ids=nullable({**array(STRING), "maxItems": 1000}))
DOCUMENT_IDS = object_schema("document_ids", document_ids={**array(STRING), "maxItems": 1000})
LIST_PARAMETERS = [
    *(query_parameter(name, STRING) for name in ("id", "name")),
    query_parameter("orderby", {"enum": ["create_time", "update_time", "name"]}),
    query_parameter("desc", BOOLEAN),
]
NAME_TAKEN = {"409": "The name is taken"}
FILES = object_schema("file", file=array({"type": "string", "format": "binary"}))


DIALOG_FIELDS = {
    "name": string_schema(255, 1),
    "description": nullable(string_schema(10_000)),
    "dataset_ids": nullable({**array(STRING), "maxItems": 1000}),
    "llm": nullable(ANY_OBJECT),
    "prompt": nullable(ANY_OBJECT),
    "starters": STARTERS,
}
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


def operation(
    summary: str,
    data: Schema,
    body: Schema | None = None,
    *,
    status: str = "200",
    media_type: str = "application/json",
    public: bool = False,
    query: tuple[str, ...] = (),
    parameters: Sequence[Schema] = (),
    more_errors: Mapping[str, str] | None = None,
    error: str = "Error",
    content: Mapping[str, Schema] | None = None,
) -> Schema:
    """`content`: of the response, by media type, if it is not JSON in the envelope."""
    errors = {**ERRORS, **AUTHENTICATION_ERRORS, **(more_errors or {})}
    content = content or {"application/json": envelope(data)}
    operation_object: Schema = {
        "summary": summary,
        "responses": {status: response("It went well", content)}
        | {
            code: response(meaning, {"application/json": ref(error)})
            for code, meaning in sorted(errors.items())
        },
    }
    if body:
        operation_object["requestBody"] = {
            "required": True,
            "content": {media_type: {"schema": body}},
        }
    if query or parameters:
        pages = [page_parameter(name) for name in query]
        operation_object["parameters"] = [*pages, *parameters]
    if public:
        operation_object["security"] = []
    return operation_object


def response(description: str, content: Mapping[str, Schema]) -> Schema:
    media = {media_type: {"schema": schema} for media_type, schema in content.items()}
    return {"description": description, "content": media}


def page_parameter(name: str) -> Schema:
    return query_parameter(name, {"type": "integer", "minimum": 1})


def path_item(path: str, base: str = "/api/v1/", **operations: Schema) -> tuple[str, Schema]:
    """The parameters are the parts of `path` in braces."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": string_schema(100, 1)}
        for name in names
    ]
    return f"{base}{path}", {"parameters": parameters, **operations}


def chat_completion(summary: str) -> Schema:
    return operation(
        summary,
        NULL,
        CONVERSATION,
        more_errors=ANSWER_ERRORS,
        error="OpenAIError",
        content=CHAT_COMPLETION,
    )


PAGES = ("page", "page_size")
SESSIONS = "chats/{dialog_id}/sessions"
DATASET = "datasets/{dataset_id}"
CHUNKS = f"{DATASET}/documents/{{document_id}}/chunks"
PATHS = dict(
    [
        path_item("auth/login", post=operation("Log in", ref("Login"), LOGIN, public=True)),
        path_item("auth/refresh", post=operation("Go on", ref("Login"), REFRESH, public=True)),
        path_item(
            "auth/logout",
            post=operation(
                "End a login", NULL, object_schema(refresh_token=string_schema(100)), public=True
            ),
        ),
        path_item(
            "auth/ticket", post=operation("Make a ticket to connect", ref("Ticket"), NEW_TICKET)
        ),
        path_item(
            "auth/{name}",
            post=operation(
                "Log in from a mini program",
                {"anyOf": [ref("Login"), ref("Ticket")]},
                CODE,
                public=True,
                more_errors=PLATFORM_ERRORS,
            ),
        ),
        path_item(
            "tokens",
            get=operation("List your API tokens", array(ref("Token")), query=PAGES),
            post=operation("Issue one", ref("Token"), NEW_TOKEN, status="201"),
        ),
        path_item(
            "tokens/{token_id}",
            get=operation("Look at one", ref("Token")),
            delete=operation("Revoke it", NULL),
        ),
        path_item(
            "tokens/{token_id}/rotate",
            post=operation(
                "Replace it",
                ref("Token"),
                object_schema(overlap_hours=NUMBER),
                status="201",
                more_errors={"409": "It is no longer good, or was replaced before"},
            ),
        ),
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
        path_item(
            "files",
            get=operation("List your files", array(ref("File")), query=PAGES),
            post=operation(
                "Upload files for a question",
                array(ref("File")),
                FILES,
                status="201",
                media_type="multipart/form-data",
                more_errors={"422": "The file gives no text"},
            ),
        ),
        path_item(
            "datasets",
            get=operation(
                "List your datasets",
                array(ref("Dataset")),
                query=PAGES,
                parameters=LIST_PARAMETERS,
            ),
            post=operation(
                "Create one",
                ref("Dataset"),
                object_schema("name", **DATASET_FIELDS),
                more_errors=NAME_TAKEN,
            ),
            delete=operation("Delete some, or with `null` all", NULL, IDS_OR_ALL),
        ),
        path_item(
            DATASET,
            get=operation("Look at it", ref("Dataset")),
            put=operation(
                "Change it",
                ref("Dataset"),
                object_schema("", **DATASET_FIELDS),
                more_errors=NAME_TAKEN,
            ),
        ),
        path_item(
            f"{DATASET}/documents",
            get=operation(
                "List its documents",
                object_schema("total docs", total=INTEGER, docs=array(ref("Document"))),
                query=PAGES,
                parameters=[
                    *LIST_PARAMETERS,
                    query_parameter("keywords", STRING),
                    query_parameter("run", STRING),
                    *(query_parameter(f"create_time_{end}", TIMESTAMP) for end in ("from", "to")),
                ],
            ),
            post=operation(
                "Upload files, which are read in the background",
                array(ref("Document")),
                FILES,
                media_type="multipart/form-data",
            ),
            delete=operation("Delete some, or with `null` all", NULL, IDS_OR_ALL),
        ),
        path_item(
            f"{DATASET}/documents/{{document_id}}",
            get=operation("Download the original", NULL, content=ORIGINALS),
            put=operation(
                "Rename it",
                ref("Document"),
                object_schema(name=string_schema(255, 1)),
                more_errors=NAME_TAKEN,
            ),
        ),
        path_item(
            CHUNKS,
            get=operation(
                "List the chunks of a document",
                object_schema(
                    "total chunks doc",
                    total=INTEGER,
                    chunks=array(ref("Chunk")),
                    doc=ref("Document"),
                ),
                query=PAGES,
                parameters=[query_parameter("id", STRING), query_parameter("keywords", STRING)],
            ),
            post=operation(
                "Add one",
                object_schema("chunk", chunk=ref("Chunk")),
                object_schema("content", **CHUNK_FIELDS),
            ),
            put=operation(
                "Switch some off, or back on",
                ref("Count"),
                object_schema("chunk_ids available", chunk_ids=array(STRING), available=BOOLEAN),
            ),
            delete=operation(
                "Delete some, or with `null` all",
                ref("Count"),
                object_schema("chunk_ids", chunk_ids=nullable(array(STRING))),
            ),
        ),
        path_item(
            f"{CHUNKS}/{{chunk_id}}",
            get=operation("Look at a chunk", ref("Chunk")),
            put=operation(
                "Change it",
                ref("Chunk"),
                object_schema("", **CHUNK_FIELDS, available=BOOLEAN),
            ),
        ),
        path_item(
            "retrieval",
            post=operation(
                "Search",
                object_schema(
                    "total chunks doc_aggs",
                    total=INTEGER,
                    chunks=array(ANY_OBJECT),
                    doc_aggs=array(ANY_OBJECT),
                ),
                RETRIEVAL,
            ),
        ),
        path_item(
            f"{DATASET}/chunks",
            post=operation("Read documents again", ref("Count"), DOCUMENT_IDS),
            delete=operation("Stop reading them", ref("Count"), DOCUMENT_IDS),
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
        path_item(
            "models",
            "/v1/",
            get=operation(
                "List your dialogs as OpenAI's models",
                NULL,
                error="OpenAIError",
                content={
                    "application/json": object_schema(
                        "object data", object={"const": "list"}, data=array(ref("Model"))
                    )
                },
            ),
        ),
        path_item(
            "models/{model}",
            "/v1/",
            get=operation(
                "Look at one",
                NULL,
                error="OpenAIError",
                content={"application/json": ref("Model")},
            ),
        ),
        path_item("chat/completions", "/v1/", post=chat_completion("Ask as OpenAI's clients do")),
        path_item(
            "chats_openai/{chat_id}/chat/completions",
            post=chat_completion("Ask one dialog as OpenAI's clients do"),
        ),
        path_item(
            "openai/{chat_id}/chat/completions",
            post=chat_completion("The same, at the address it has since RAGFlow 0.25"),
        ),
        path_item("files/{file_id}", delete=operation("Delete one", NULL)),
    ]
)
DOCUMENT: Schema = {
    "openapi": "3.1.0",
    "info": {"title": "ragws", "version": VERSION, "description": "Beside the WebSocket."},
    "security": [{"bearer": []}, {"query": []}, {"cookie": []}],
    "paths": PATHS,
    "components": {
        "schemas": SCHEMAS,
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "query": {"type": "apiKey", "in": "query", "name": "token"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        },
    },
}


@require_safe
def openapi_document(_request: HttpRequest) -> JsonResponse:
    if not settings.URL_PREFIX:
        return JsonResponse(DOCUMENT)
    return JsonResponse({**DOCUMENT, "servers": [{"url": settings.URL_PREFIX}]})
