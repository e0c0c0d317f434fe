"""Parts of JSON schemas, as the OpenAPI document is made of them."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
STRING, INTEGER, BOOLEAN = ({"type": kind} for kind in ("string", "integer", "boolean"))
NUMBER, NULL, ANY_OBJECT = {"type": "number"}, {"type": "null"}, {"type": "object"}
TIMESTAMP = {"type": "integer", "description": "Milliseconds since 1970"}


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


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def query_parameter(name: str, schema: Schema, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "required": required, "schema": schema}
