"""OpenAI's API in the OpenAPI document."""

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
    nullable,
    object_schema,
    ref,
    string_schema,
)

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
CHAT_COMPLETION = {**EVENTS, "application/json": ref("ChatCompletion")}


def chat_completion(summary: str) -> Schema:
    return operation(
        summary,
        NULL,
        CONVERSATION,
        more_errors=ANSWER_ERRORS,
        error="OpenAIError",
        content=CHAT_COMPLETION,
    )


SCHEMAS: dict[str, Schema] = {
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
}

PATHS = dict(
    [
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
    ]
)
