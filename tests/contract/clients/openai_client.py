"""OpenAI's own Python client: lists, asks, streams, cancels and is refused; prints a report."""

from __future__ import annotations

import json
import sys
from typing import Any

from openai import APIError, APIStatusError, OpenAI

# Read from a stream before it is closed.
CHUNKS = 3


def main(base_url: str, token: str, model: str, question: str, long: str, session: str) -> None:
    client = OpenAI(base_url=base_url, api_key=token, max_retries=0)
    messages: list[Any] = [{"role": "user", "content": question}]
    whole = client.chat.completions.create(model=model, messages=messages)
    report = {
        "models": [found.id for found in client.models.list()],
        "model": client.models.retrieve(model).id,
        "whole": whole.choices[0].message.content,
        "finish_reason": whole.choices[0].finish_reason,
        "reference": (whole.choices[0].message.model_extra or {})["reference"],
        **streamed(client, model, messages),
        "refused": [
            refusal(client, token, model, []),
            refusal(client, token, "no such model", messages),
            refusal(client, "ragflow-nonsense", model, messages),
        ],
    }
    if long:
        cancel(client, long, session)
    sys.stdout.write(json.dumps(report) + "\n")


def streamed(client: OpenAI, model: str, messages: list[Any]) -> dict[str, Any]:
    text, usage = "", None
    with client.chat.completions.create(
        model=model, messages=messages, stream=True, stream_options={"include_usage": True}
    ) as stream:
        for chunk in stream:
            usage = chunk.usage
            text += "".join(choice.delta.content or "" for choice in chunk.choices)
    return {"streamed": text, "usage": usage.model_dump() if usage else None}


def refusal(client: OpenAI, token: str, model: str, messages: list[Any]) -> list[Any]:
    try:
        client.with_options(api_key=token).chat.completions.create(model=model, messages=messages)
    except APIStatusError as error:
        return [error.status_code, error.code, error.param]
    except APIError as error:
        return [None, error.code, error.param]
    return []


def cancel(client: OpenAI, model: str, session: str) -> None:
    messages: list[Any] = [{"role": "user", "content": "bench n=20000 rate=40"}]
    stream = client.chat.completions.create(
        model=model, messages=messages, stream=True, metadata={"session_id": session}
    )
    for _ in range(CHUNKS):
        next(stream)
    stream.close()


main(*sys.argv[1:])
