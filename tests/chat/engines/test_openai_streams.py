"""What model servers send, byte for byte over HTTP, and the answer that comes of it."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from chat.engines.base import Delta, EngineTimedOut, Reasoning, Usage
from chat.engines.openai.engine import OpenAIEngine
from tests.support.completion_bytes import DONE, STOP, chunk, event
from tests.support.engine_prompts import (
    ask,
    collect_events,
    collect_until_silence,
    reasoning_of,
    text_of,
)
from tests.support.fakes.model_scenarios import ConnectionEvent
from tests.support.fakes.model_server import ModelServer

PRETTY = json.dumps({"choices": [{"message": {"content": "Yes."}}]}, indent=2).encode()
WHOLE = {"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]}

# All of them say "Yes, it is."
STREAMS: dict[str, Sequence[bytes]] = {
    "standard": [chunk("Yes, "), chunk("it is."), STOP, DONE],
    "a-reason-in-every-chunk": [chunk("Yes, ", "stop"), chunk("it is.", "stop"), DONE],
    "an-empty-reason": [chunk("Yes, ", ""), chunk("it is.", ""), DONE],
    "a-reason-first": [chunk("", "stop"), chunk("Yes, "), chunk("it is."), DONE],
    "text-after-the-reason": [chunk("Yes, "), STOP, chunk("it is."), DONE],
    "no-reason": [chunk("Yes, "), chunk("it is."), DONE],
    "no-done": [chunk("Yes, "), chunk("it is."), STOP],
    "comments": [b": ping\n\n", chunk("Yes, "), b":\n\n: x\n", chunk("it is."), STOP, DONE],
    "fields": [
        b"retry: 3\n\nid: 1\nevent: x\n",
        chunk("Yes, "),
        b"id: 2\n\n",
        chunk("it is."),
        DONE,
    ],
    "blank-events": [b"\n\n\n", chunk("Yes, "), b"\n\n", chunk("it is."), b"\n", DONE],
    "empty-data": [b"data:\n\ndata: \n\n", chunk("Yes, "), b"data\n\n", chunk("it is."), DONE],
    "comments-as-data": [b"data: : keepalive\n\n", chunk("Yes, "), chunk("it is."), DONE],
    "pings-as-json": [b'data: {"type": "ping"}\n\n', chunk("Yes, "), chunk("it is."), DONE],
    "crlf": [(chunk("Yes, ") + chunk("it is.") + STOP + DONE).replace(b"\n", b"\r\n")],
    "cr": [(chunk("Yes, ") + chunk("it is.") + STOP + DONE).replace(b"\n", b"\r")],
    "cr-and-lf-apart": [chunk("Yes, ")[:-2] + b"\r", b"\n\r", b"\n" + chunk("it is."), DONE],
    "no-blank-lines": [(chunk("Yes, ") + chunk("it is.") + STOP + DONE).replace(b"\n\n", b"\n")],
    "no-space": [(chunk("Yes, ") + chunk("it is.") + DONE).replace(b"data: ", b"data:")],
    "json-on-the-next-line": [
        chunk("Yes, ").replace(b"data: ", b"data:\n "),
        chunk("it is."),
        DONE,
    ],
    "no-line-end": [chunk("Yes, "), chunk("it is.", "stop").rstrip()],
    "data-of-several-lines": [
        b'data: {"choices": [\ndata: {"delta": {"content":\ndata: "Yes, "}}]}\n\n',
        *(chunk("it is."), DONE),
    ],
    "json-lines": [(chunk("Yes, ") + chunk("it is.", "stop")).replace(b"data: ", b"")],
    "a-byte-order-mark": [b"\xef\xbb\xbf" + chunk("Yes, "), chunk("it is."), DONE],
    "byte-by-byte": [bytes([b]) for b in chunk("Yes, ") + chunk("it is.") + STOP + DONE],
    "parts": [chunk([{"type": "text", "text": "Yes, "}]), chunk([{"text": "it is."}]), DONE],
    "text": [event({"choices": [{"text": "Yes, it is.", "finish_reason": "stop"}]})],
    "one-json": [json.dumps(WHOLE).replace("Yes.", "Yes, it is.").encode()],
    "one-pretty-json": [PRETTY.replace(b"Yes.", b"Yes, it is.")],
    "one-json-with-blank-lines": [PRETTY.replace(b"Yes.", b"Yes, it is.").replace(b"\n", b"\n\n")],
    "one-json-as-data": [event(WHOLE).replace(b"Yes.", b"Yes, it is.")],
    "the-whole-once-more": [
        *(chunk("Yes, "), chunk("it is.")),
        event(WHOLE).replace(b"Yes.", b"Yes, it is."),
        DONE,
    ],
    "done-in-quotes": [chunk("Yes, "), chunk("it is."), b'data: "[DONE]"\n\n'],
    "bare-done": [chunk("Yes, "), chunk("it is."), b"[DONE]\n"],
    "no-choices-first": [
        event({"choices": [], "prompt_filter_results": []}),
        chunk("Yes, it is."),
        DONE,
    ],
    "usage-null": [event({"choices": None, "usage": None}), chunk("Yes, it is."), STOP, DONE],
}


@pytest.mark.parametrize("name", STREAMS)
async def test_every_shape_of_a_stream_is_read(
    engine: OpenAIEngine, server: ModelServer, name: str
) -> None:
    server.will_send(*STREAMS[name])

    events, failure = await collect_events(engine, ask())

    assert (text_of(events), failure) == ("Yes, it is.", None)


async def test_a_json_completion_is_read_whatever_its_type(
    engine: OpenAIEngine, server: ModelServer
) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 4}
    body = json.dumps({**WHOLE, "usage": usage}).encode()
    server.will_send(body, headers={"Content-Type": "application/json"})

    events, failure = await collect_events(engine, ask())

    assert (events, failure) == ([Delta("Yes."), Usage(3, 4)], None)


@pytest.mark.parametrize(
    "pieces",
    [
        [rb'"\ud83d"', rb'"\ude00"'],
        [rb'"\ud83d\ude00"'],
        [b'"\xf0\x9f"', b'"\x98\x80"'],
        [b'"\xf0"', b'"\x9f"', b'"\x98"', b'"\x80"'],
    ],
)
async def test_the_halves_of_a_character_are_put_together(
    engine: OpenAIEngine, server: ModelServer, pieces: list[bytes]
) -> None:
    head, tail = b'data: {"choices": [{"delta": {"content": ', b"}}]}\n\n"
    server.will_send(*(head + piece + tail for piece in [b'"A "', *pieces, b'" B"']), DONE)

    events, failure = await collect_events(engine, ask())

    assert (text_of(events), failure) == ("A 😀 B", None)


async def test_a_half_that_stays_alone_is_shown_as_such(
    engine: OpenAIEngine, server: ModelServer
) -> None:
    server.will_send(rb'data: {"choices": [{"delta": {"content": "A \ud83d"}}]}' + b"\n\n", DONE)

    events, _ = await collect_events(engine, ask())

    assert text_of(events) == "A \ufffd"


@pytest.mark.parametrize(
    "reason", ["abort", "error", "MAX_TOKENS", "SAFETY", "tool_calls", "sensitive", "moon_phase"]
)
async def test_an_answer_that_is_not_whole_says_so(
    engine: OpenAIEngine, server: ModelServer, reason: str
) -> None:
    server.will_send(chunk("Half an "), chunk(reason=reason), DONE)

    events, failure = await collect_events(engine, ask())

    assert text_of(events) == "Half an "
    assert failure is not None


@pytest.mark.parametrize(
    "reason", ["stop", "STOP", "eos", "end_turn", "FINISH_REASON_STOP", "eos_token"]
)
async def test_an_answer_that_is_whole_has_many_reasons(
    engine: OpenAIEngine, server: ModelServer, reason: str
) -> None:
    server.will_send(chunk("Yes."), chunk(reason=reason), DONE)

    _, failure = await collect_events(engine, ask())

    assert failure is None


async def test_with_a_reason_in_every_chunk_a_broken_connection_is_noticed(
    engine: OpenAIEngine, server: ModelServer
) -> None:
    server.will_send(
        *(chunk("Half ", "stop"), chunk("an ", "stop"), ConnectionEvent.CUT),
        headers={"Content-Type": "text/event-stream", "Content-Length": "9999"},
    )

    events, failure = await collect_events(engine, ask())

    assert text_of(events) == "Half an "
    assert "broke in mid-answer" in str(failure)


async def test_a_comment_is_a_sign_of_life(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each wait for a piece begins anew: the test counts them, and lets none of them end."""
    engine = OpenAIEngine(server.key, server.base_url, "fake-1", timeout_s=5)
    gates = [asyncio.Event() for _ in range(3)]
    server.will_send(
        chunk("Half "),
        *(part for gate in gates for part in (gate, b": ping\n\n")),
        chunk("an."),
        STOP,
    )
    waits: list[float] = []
    timeout = asyncio.timeout

    def counted(seconds: float) -> asyncio.Timeout:
        waits.append(seconds)
        if len(waits) > 2 and gates:
            gates.pop(0).set()
        return timeout(seconds)

    monkeypatch.setattr("chat.engines.openai.completion_stream.asyncio.timeout", counted)
    events, failure = await collect_events(engine, ask())

    assert (text_of(events), failure) == ("Half an.", None)
    assert waits.count(5) >= 5


THOUGHTS: list[tuple[Sequence[bytes], str, str]] = [
    ([chunk("<think>Hm.</think>Yes.")], "Hm.", "Yes."),
    ([chunk("\n<thought>"), chunk("Hm."), chunk("</thought>"), chunk("\nYes.")], "Hm.", "Yes."),
    ([chunk("[THI"), chunk("NK]Hm.[/THINK]Yes.")], "Hm.", "Yes."),
    ([chunk("◁think▷Hm.◁/think▷Yes.")], "Hm.", "Yes."),
    ([chunk("<seed:think>Hm.</seed:think>Yes.")], "Hm.", "Yes."),
    ([chunk("<|channel|>analysis<|message|>Hm.<|end|>Yes.")], "Hm.", "Yes."),
    ([chunk("<think>Hm.</think><answer>Yes.</answer>")], "Hm.", "Yes."),
    ([chunk("<think></think>\n\nYes.")], "", "Yes."),
    ([chunk("Say `<think>` and </think> so.")], "", "Say `<think>` and </think> so."),
    ([chunk("A <think> B"), chunk(" C </think> D")], "", "A <think> B C </think> D"),
    (
        [chunk("So:\n```\n"), chunk("<think>x</think>"), chunk("\n```")],
        "",
        "So:\n```\n<think>x</think>\n```",
    ),
    ([chunk("So: `</think>`"), chunk(" ends it.")], "", "So: `</think>` ends it."),
    ([chunk("Hm.\n</think>\n\nYes.")], "Hm.\n", "Yes."),
    ([chunk("Hm."), chunk("\n</think>"), chunk("\n\nYes.")], "", "Hm.\n\n\nYes."),
    ([chunk("<think>Hm. `<think>` is a tag.</think>Yes.")], "Hm. `<think>` is a tag.", "Yes."),
    ([chunk(reasoning_content="Hm."), chunk("Yes.")], "Hm.", "Yes."),
    ([chunk(reasoning="Hm.", reasoning_details=[{"text": "Hm."}]), chunk("Yes.")], "Hm.", "Yes."),
    (
        [chunk(reasoning_details=[{"type": "reasoning.text", "text": "Hm."}]), chunk("Yes.")],
        "Hm.",
        "Yes.",
    ),
    (
        [chunk([{"type": "thinking", "thinking": [{"text": "Hm."}]}, {"text": "Yes."}])],
        "Hm.",
        "Yes.",
    ),
    (
        [event({"choices": [{"message": {"content": "Yes.", "reasoning_content": "Hm."}}]})],
        "Hm.",
        "Yes.",
    ),
]


@pytest.mark.parametrize(("parts", "reasoning", "text"), THOUGHTS)
async def test_thoughts_are_told_from_the_answer(
    engine: OpenAIEngine, server: ModelServer, parts: Sequence[bytes], reasoning: str, text: str
) -> None:
    server.will_send(*parts, DONE)

    events, failure = await collect_events(engine, ask())

    assert (reasoning_of(events), text_of(events), failure) == (reasoning, text, None)


@pytest.mark.parametrize("opener", ["", "<think>\n"])
async def test_a_model_may_begin_inside_a_thought(
    engine: OpenAIEngine, server: ModelServer, opener: str
) -> None:
    server.will_send(chunk(f"{opener}Hm"), chunk(", well.</th"), chunk("ink>\n\nYes."), DONE)

    events, failure = await collect_events(engine, ask(begins_in_thought=True))

    assert failure is None
    assert events == [Reasoning("Hm"), Reasoning(", well."), Delta("Yes.")]


@pytest.mark.parametrize("begins_in_thought", [True, False])
async def test_a_server_may_tell_thoughts_apart_itself(
    engine: OpenAIEngine, server: ModelServer, begins_in_thought: bool
) -> None:
    """Some leave the closing mark in the answer all the same."""
    server.will_send(chunk(reasoning_content="Hm."), chunk("</think>\n\nYes."), DONE)

    events, failure = await collect_events(engine, ask(begins_in_thought=begins_in_thought))

    assert (events, failure) == ([Reasoning("Hm."), Delta("Yes.")], None)


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 2**70, "completion_tokens": 1},
        {"prompt_tokens": 1, "completion_tokens": -5},
        {"prompt_tokens": True, "completion_tokens": 1.5},
        {"prompt_tokens": "1", "completion_tokens": None},
        [1],
    ],
)
async def test_impossible_counts_are_left_out(
    engine: OpenAIEngine, server: ModelServer, usage: Any
) -> None:
    server.will_send(chunk("Yes."), STOP, event({"choices": [], "usage": usage}), DONE)

    events, failure = await collect_events(engine, ask())

    assert (events, failure) == ([Delta("Yes.")], None)


@pytest.mark.parametrize("tail", ["", "/", "/chat/completions", "/chat/completions/"])
@pytest.mark.parametrize("query", ["", "?api-version=2024-10-21"])
async def test_the_address_may_be_whole_and_have_a_query(
    server: ModelServer, tail: str, query: str
) -> None:
    server.will_send(chunk("Yes."), DONE)
    engine = OpenAIEngine(server.key, f"{server.base_url}{tail}{query}", "fake-1")

    _, failure = await collect_events(engine, ask())

    assert failure is None
    assert server.requests[0].path == f"/v1/chat/completions{query}"
    assert ("api-key" in server.requests[0].headers) == bool(query)


async def test_silence_in_a_stream_with_reasons_is_a_time_out(
    engine: OpenAIEngine, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.will_send(chunk("Half ", "stop"), chunk("an ", "stop"), ConnectionEvent.SILENCE)

    events, failure = await collect_until_silence(engine, ask(), "an ", monkeypatch)

    assert text_of(events) == "Half an "
    assert isinstance(failure, EngineTimedOut)
