"""OpenAI's chat completions: an answer as chunks, or as one object."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from chat.http.connection import Connection
from chat.http.events import KEEP_ALIVE, event_with_space
from chat.live.answer import LiveAnswer, Outcome
from chat.rest.openai.footnotes import footnotes
from chat.rest.openai.parsing import CompletionRequest
from chat.websocket.frame_encoder import dump

DONE = event_with_space("[DONE]")
# Of engines that ask no model, and where its server tells nothing.
NO_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
FINISHED = "stop"


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer in OpenAI's shapes."""

    answer: LiveAnswer
    request: CompletionRequest
    created: int = field(default_factory=lambda: int(time.time()))

    async def chunks(self, connection: Connection) -> AsyncGenerator[str, None]:
        """The events of a stream. Raises the error with which the answer ends."""
        yield self._chunk({"role": "assistant", "content": ""})
        async for new in connection.follow(self.answer):
            if new is None:
                yield KEEP_ALIVE
                continue
            if new.reasoning:
                yield self._chunk({"reasoning_content": new.reasoning})
            if new.text:
                yield self._chunk({"content": new.text})
        outcome = ended(self.answer)
        if notes := self._footnotes(outcome):
            yield self._chunk({"content": notes})
        yield self._chunk(self._evidence(outcome), FINISHED)
        if self.request.include_usage:
            usage = outcome.usage or NO_USAGE
            yield event_with_space(
                dump({**self._head("chat.completion.chunk", []), "usage": usage})
            )
        yield DONE

    def whole(self) -> str:
        """Raises the error with which the answer ended."""
        outcome = ended(self.answer)
        message: dict[str, Any] = {
            "role": "assistant",
            "content": str(self.answer.text) + self._footnotes(outcome),
            **(
                {"reasoning_content": str(self.answer.reasoning)}
                if self.answer.reasoning.size
                else {}
            ),
            **self._evidence(outcome),
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": FINISHED}
        head = self._head("chat.completion", [choice])
        return dump({**head, "usage": outcome.usage or NO_USAGE})

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        head = self._head("chat.completion.chunk", [choice])
        # With `include_usage` each chunk has it, and only the last one a value.
        usage = {"usage": None} if self.request.include_usage else {}
        return event_with_space(dump({**head, **usage}))

    def _head(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self.answer.id}",
            "object": kind,
            "created": self.created,
            "model": self.request.model,
            "choices": choices,
            **self._session(),
        }

    def _session(self) -> dict[str, str]:
        return {"session_id": self.answer.session_id} if self.request.session else {}

    def _evidence(self, outcome: Outcome) -> dict[str, Any]:
        """An extension, under RAGFlow's name for it."""
        return {"reference": outcome.reference} if self.request.include_reference else {}

    def _footnotes(self, outcome: Outcome) -> str:
        if not settings.CITATION_FOOTNOTES:
            return ""
        return footnotes(str(self.answer.text), outcome.reference)


def ended(answer: LiveAnswer) -> Outcome:
    """How. Raises the error, if it is one."""
    assert answer.outcome  # noqa: S101 - it has been read to its end
    if answer.outcome.error:
        raise answer.outcome.error
    return answer.outcome
