"""Logins, tickets and API tokens in the OpenAPI document."""

from __future__ import annotations

from accounts.scopes import Scope
from ragws.openapi.operations import PAGES, operation, path_item
from ragws.openapi.schema import (
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    TIMESTAMP,
    Schema,
    array,
    nullable,
    object_schema,
    ref,
    string_schema,
)

SCOPES = {"type": "array", "items": {"enum": sorted(map(str, Scope))}}
PLATFORM_ERRORS = {"502": "The platform did not answer", "503": "The platform is busy"}
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
SCHEMAS: dict[str, Schema] = {
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
}

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
    ]
)
