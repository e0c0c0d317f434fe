"""The REST API in OpenAPI's words, for programs that make clients; people read docs/protocol.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from accounts.scopes import Scope
from core.version import VERSION

Schema = dict[str, Any]

STRING, INTEGER, BOOLEAN = ({"type": kind} for kind in ("string", "integer", "boolean"))
NUMBER, NOTHING, ANYTHING = {"type": "number"}, {"type": "null"}, {"type": "object"}
MOMENT = {"type": "integer", "description": "Milliseconds since 1970"}
SCOPES = {"type": "array", "items": {"enum": sorted(map(str, Scope))}}
# What may go wrong with every request, by HTTP's numbers.
ERRORS = {
    "400": "Something is missing or wrong; the sentence names the field",
    "404": "It does not exist, or it is not yours",
    "413": "The request is larger than the server reads",
    "415": "The body is of another type",
    "429": "A limit is reached; `retry_after` says when to come back",
    "500": "Our mistake; the sentence has the name that the log has",
}
NOT_LET_IN = {"401": "No credential, or a wrong one", "403": "The credential is not for this"}
PLATFORM = {"502": "The platform did not answer", "503": "The platform is busy"}


def optional(schema: Schema) -> Schema:
    return {"anyOf": [schema, NOTHING]}


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def text(most: int, least: int = 0) -> Schema:
    return {"type": "string", "minLength": least, "maxLength": most}


def fields(required: str = "", **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": required.split()}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


SCHEMAS: dict[str, Schema] = {
    "Error": fields(
        "code message data", code=INTEGER, message=text(10_000, 1), data=optional(ANYTHING)
    ),
    "Login": fields(
        "access_token token_type expires_in refresh_token refresh_expires_in",
        access_token=STRING,
        token_type=STRING,
        expires_in=INTEGER,
        refresh_token=STRING,
        refresh_expires_in=INTEGER,
    ),
    "Ticket": fields("ticket expires_in", ticket=STRING, expires_in=INTEGER),
    "Token": fields(
        "id name hint state scopes dialogs origins allow_in_url questions model_tokens",
        id=STRING,
        name=STRING,
        hint=STRING,
        state=STRING,
        scopes=SCOPES,
        dialogs=array(STRING),
        origins=array(STRING),
        allow_in_url=BOOLEAN,
        created_at=MOMENT,
        expires_at=optional(MOMENT),
        revoked_at=optional(MOMENT),
        last_used_at=optional(MOMENT),
        last_used_from=optional(STRING),
        questions=INTEGER,
        model_tokens=INTEGER,
        replaced_by=optional(STRING),
        token={"type": "string", "description": "The secret; only when it is issued"},
    ),
    "Chat": fields(
        "id name description prompt",
        id=STRING,
        name=STRING,
        description=STRING,
        engine=STRING,
        datasets=array(fields("id name", id=STRING, name=STRING)),
        prompt=ANYTHING,
        create_time=MOMENT,
        update_time=MOMENT,
    ),
    "Session": fields(
        "id chat_id name create_time update_time",
        id=STRING,
        chat_id=STRING,
        name=STRING,
        create_time=MOMENT,
        update_time=MOMENT,
        messages=array(ref("Message")),
    ),
    "Message": fields(
        "id role content created_at status",
        id=STRING,
        role={"enum": ["user", "assistant"]},
        content=STRING,
        created_at=MOMENT,
        status=STRING,
        files=array(ref("File")),
        question_id=optional(STRING),
        reference=ANYTHING,
        reasoning=STRING,
        error=optional(fields("code message", code=INTEGER, message=STRING)),
        usage=ANYTHING,
        timing=ANYTHING,
    ),
    "File": fields("id name size", id=STRING, name=STRING, size=INTEGER),
}

CODE = fields("code", code=text(512, 1), chat_id=text(100), ticket=BOOLEAN)
NEW_TICKET = fields(chat_id=text(100), end_user=text(64), scopes=SCOPES)
NEW_TOKEN = fields(
    "name",
    name=text(100, 1),
    days={"type": "integer", "minimum": 1, "maximum": 36_500},
    scopes=SCOPES,
    dialogs=array({"type": "string", "format": "uuid"}),
    origins=array(text(255)),
    allow_in_url=BOOLEAN,
)
LOGIN = {
    **fields("password", username=text(254), email=text(254), password=text(4096)),
    "oneOf": [{"required": ["username"]}, {"required": ["email"]}],
}
REFRESH = fields("refresh_token", refresh_token=text(100, 1))
FILES = fields("file", file=array({"type": "string", "format": "binary"}))


def operation(
    summary: str,
    data: Schema,
    body: Schema | None = None,
    *,
    status: str = "200",
    media: str = "application/json",
    open_to_all: bool = False,
    query: tuple[str, ...] = (),
    besides: Mapping[str, str] | None = None,
) -> Schema:
    errors = {**ERRORS, **NOT_LET_IN, **(besides or {})}
    made: Schema = {
        "summary": summary,
        "responses": {status: answer("It went well", envelope(data))}
        | {code: answer(why, ref("Error")) for code, why in sorted(errors.items())},
    }
    if body:
        made["requestBody"] = {"required": True, "content": {media: {"schema": body}}}
    if query:
        made["parameters"] = [page_parameter(name) for name in query]
    if open_to_all:
        made["security"] = []
    return made


def envelope(data: Schema) -> Schema:
    return fields("code message data", code={"const": 0}, message={"const": ""}, data=data)


def answer(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def page_parameter(name: str) -> Schema:
    return {"name": name, "in": "query", "schema": {"type": "integer", "minimum": 1}}


def at(path: str, **operations: Schema) -> tuple[str, Schema]:
    """`<id>` as Django writes it, `{id}` as OpenAPI does."""
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": text(100, 1)} for name in names
    ]
    return f"/api/v1/{path}", {"parameters": parameters, **operations}


SESSIONS = "chats/{dialog_id}/sessions"
PATHS = dict(
    [
        at("auth/login", post=operation("Log in", ref("Login"), LOGIN, open_to_all=True)),
        at("auth/refresh", post=operation("Go on", ref("Login"), REFRESH, open_to_all=True)),
        at(
            "auth/logout",
            post=operation(
                "End a login", NOTHING, fields(refresh_token=text(100)), open_to_all=True
            ),
        ),
        at("auth/ticket", post=operation("Let somebody connect", ref("Ticket"), NEW_TICKET)),
        at(
            "auth/{name}",
            post=operation(
                "Log in from a mini program",
                {"anyOf": [ref("Login"), ref("Ticket")]},
                CODE,
                open_to_all=True,
                besides=PLATFORM,
            ),
        ),
        at(
            "tokens",
            get=operation("List your API tokens", array(ref("Token"))),
            post=operation("Issue one", ref("Token"), NEW_TOKEN, status="201"),
        ),
        at(
            "tokens/{token_id}",
            get=operation("Look at one", ref("Token")),
            delete=operation("Revoke it", NOTHING),
        ),
        at(
            "tokens/{token_id}/rotate",
            post=operation(
                "Replace it",
                ref("Token"),
                fields(overlap_hours=NUMBER),
                status="201",
                besides={"409": "It is no longer good, or was replaced before"},
            ),
        ),
        at("chats", get=operation("List your dialogs", array(ref("Chat")))),
        at(
            SESSIONS,
            get=operation("List its sessions", array(ref("Session")), query=("page", "page_size")),
            delete=operation("Delete some", NOTHING, fields("ids", ids=array(STRING))),
        ),
        at(
            SESSIONS + "/{session_id}",
            get=operation("Read what was said", ref("Session")),
            put=operation("Rename it", ref("Session"), fields("name", name=text(255, 1))),
        ),
        at(
            "files",
            post=operation(
                "Upload files for a question",
                array(ref("File")),
                FILES,
                status="201",
                media="multipart/form-data",
                besides={"422": "The file gives no text"},
            ),
        ),
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
def show(_request: HttpRequest) -> JsonResponse:
    return JsonResponse(DOCUMENT)
