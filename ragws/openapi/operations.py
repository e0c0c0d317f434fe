"""Operations of the OpenAPI document: what is sent, what comes back, and which errors may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ragws.openapi.schema import (
    BOOLEAN,
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
EVENTS = {"text/event-stream": {"type": "string"}}
IDS_OR_ALL = object_schema("ids", ids=nullable({**array(STRING), "maxItems": 1000}))
LIST_PARAMETERS = [
    *(query_parameter(name, STRING) for name in ("id", "name")),
    query_parameter("orderby", {"enum": ["create_time", "update_time", "name"]}),
    query_parameter("desc", BOOLEAN),
]
NAME_TAKEN = {"409": "The name is taken"}
FILES = object_schema("file", file=array({"type": "string", "format": "binary"}))


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


PAGES = ("page", "page_size")
