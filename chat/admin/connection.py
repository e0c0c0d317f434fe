"""Asks the model of a dialog for one word, through its engine, to see if it can be asked at all."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from threading import BoundedSemaphore

from asgiref.sync import async_to_sync
from django.conf import settings
from django.utils.translation import gettext, ngettext

from chat.engines.base import Delta, Engine, EngineFailed, Prompt, TryableEngine
from chat.engines.registry import engine_class, get_engine
from chat.models import Dialog
from core.encryption import Undecryptable

QUESTION = "Reply with one word: ready"
MAX_S = 15
MAX_ANSWER_CHARS, MAX_PROBLEM_CHARS = 100, 500
# Each holds a thread and a database connection while it waits.
_places = BoundedSemaphore(2)


class ConnectionFailed(Exception):
    """With a sentence for the operator."""


def asks_a_model(engine: str) -> bool:
    return engine in settings.ENGINES and getattr(engine_class(engine), "uses_model", True)


def try_connection(dialog: Dialog) -> str:
    """What the model says, with the settings that are saved. Raises `ConnectionFailed`."""
    if not asks_a_model(dialog.engine):
        raise ConnectionFailed(gettext("The engine of this dialog asks no model."))
    if not _places.acquire(blocking=False):
        raise ConnectionFailed(gettext("Other connections are being tested: try again soon."))
    try:
        answer = async_to_sync(_answer)(get_engine(dialog.engine), _prompt(dialog))
    except EngineFailed as error:
        raise ConnectionFailed(str(error)[:MAX_PROBLEM_CHARS]) from error
    finally:
        _places.release()
    if not answer:
        raise ConnectionFailed(gettext("The model answered without a word."))
    return answer


def _prompt(dialog: Dialog) -> Prompt:
    try:
        return Prompt(QUESTION, options=dialog.model_options())
    except Undecryptable:
        sentence = gettext("The key that is kept cannot be read any more: enter it again.")
        raise ConnectionFailed(sentence) from None


async def _answer(engine: Engine, prompt: Prompt) -> str:
    try:
        async with asyncio.timeout(MAX_S):
            if isinstance(engine, TryableEngine):
                text = await engine.try_question(prompt)
            else:
                text = await _first_words(engine, prompt)
    except TimeoutError:
        sentence = ngettext("No word within %d second.", "No word within %d seconds.", MAX_S)
        raise ConnectionFailed(sentence % MAX_S) from None
    return " ".join(text[: MAX_ANSWER_CHARS * 2].split())[:MAX_ANSWER_CHARS]


async def _first_words(engine: Engine, prompt: Prompt) -> str:
    """Not more than are shown: a model that goes on is stopped."""
    text = ""
    async with aclosing(engine.answer(prompt)) as events:
        async for event in events:
            if isinstance(event, Delta):
                text += event.text
            if len(text) > MAX_ANSWER_CHARS:
                break
    return text
