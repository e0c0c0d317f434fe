"""The socket: frames in, frames out. It asks, follows and stops answers; it owns none of them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.identity import Identity
from accounts.revocation.credential_validity import EXPIRED
from accounts.revocation.socket_monitor import socket_monitor
from chat import access
from chat.answers import service
from chat.answers.hub import Hub
from chat.answers.requests import (
    Ask,
    Feedback,
    Follow,
    Ping,
    Regenerate,
    Request,
    Resume,
    Stop,
    Unfollow,
)
from chat.live.answer import LiveAnswer
from chat.models import Message
from chat.websocket.base import BaseConsumer
from chat.websocket.concurrency import Slots
from chat.websocket.direct_write import DIRECT_WRITE
from chat.websocket.frames import PONG, error_frame, status_frame
from chat.websocket.protocol import parse
from chat.websocket.scopes import check_scope
from chat.websocket.sender import Sender
from chat.websocket.streaming import show
from chat.websocket.subscriptions import Subscriptions
from core import error_reporting
from core.close_codes import POLICY_VIOLATION, SERVICE_RESTART
from core.db_thread import database_sync_to_async
from core.errors import AppError, BadRequest, TooManyRequests

logger = logging.getLogger(__name__)

Work = Callable[[Any], Coroutine[Any, Any, None]]

MAX_RESUMED = 8
# Who comes back follows all of their sessions again, one after the other.
MAX_ERRANDS = 64


class ChatConsumer(BaseConsumer):
    """One connection. Every answer it shows is followed by a task of its own, and `receive`
    waits for none of them: the next frame may be "stop"."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.identity: Identity = scope["identity"]
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: deque[Ask] = deque()
        self._in_order: asyncio.Task[None] | None = None
        self._beside = Slots(settings.MAX_SIDE_BY_SIDE, "questions are answered side by side")
        self._resumed = Slots(MAX_RESUMED, "answers are resumed")
        self._errands = Slots(MAX_ERRANDS, "frames that stop, follow or rate are dealt with")
        # Answers that were asked for here: following their session does not show them twice.
        self._own: set[str] = set()
        user_id = None if self.identity.end_user else self.identity.user.pk.hex
        self._follows = Subscriptions(user_id, self._show_news, self._show_notice)
        straight = scope.get("extensions", {}).get(DIRECT_WRITE)
        self._outlet = Sender(send, self._let_go, straight)
        # Not `disconnect()`: it is not called when a handler fails or the server stops.
        try:
            with socket_monitor().monitoring(self.identity, self._show_out):
                await super().__call__(scope, receive, send)
        finally:
            self._outlet.retire()
            self._follows.end()
            self._let_go()

    def _let_go(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def connect(self) -> None:
        await self.accept()
        self._outlet.close_in(settings.MAX_SOCKET_LIFE_S, SERVICE_RESTART, "Please connect again")
        if self.identity.expires_at:
            left = (self.identity.expires_at - timezone.now()).total_seconds()
            self._show_out(left, EXPIRED)

    def _show_out(self, seconds: float, reason: str) -> None:
        self._outlet.close_in(seconds, POLICY_VIOLATION, reason)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **_: Any
    ) -> None:
        """Awaits nothing but its own short replies: who does not read them is not heard."""
        try:
            if text_data is None:
                raise BadRequest("Frames must be text")
            await self._take(parse(text_data))
        except AppError as error:
            await self._outlet.text(error_frame(error))

    async def _take(self, request: Request) -> None:
        check_scope(self.identity, request)
        match request:
            case Ask(request_id=None):
                self._line_up(request)
            case Ask():
                known = {"request_id": request.request_id}
                self._run(self._beside, self._answer, request, **known)
            case Regenerate():
                self._run(self._beside, self._answer_again, request, id=request.id)
            case Resume():
                known = {"id": request.id, "session_id": request.session_id}
                self._run(self._resumed, self._resume, request, **known)
            case Stop():
                known = {"id": request.id, "request_id": request.request_id}
                self._run(self._errands, self._stop, request, **known)
            case Follow():
                self._run(self._errands, self._follow, request, session_id=request.session_id)
            case Unfollow():
                self._follows.discard(request.session_id)
                await self._outlet.text(
                    status_frame("not following", session_id=request.session_id)
                )
            case Feedback():
                self._run(self._errands, self._judge, request, id=request.id)
            case Ping():
                await self._outlet.text(PONG)

    def _run(self, places: Slots, errand: Work, request: Any, **known: str | None) -> None:
        """Beside all else, if there is a place for it; else `known` says what was refused."""
        places.take(**known)
        places.leave_after(self._keep(errand(request)))

    def _line_up(self, ask: Ask) -> None:
        if self._in_order is None:
            self._in_order = self._keep(self._answer_in_order(ask))
        elif len(self._waiting) < settings.MAX_WAITING_QUESTIONS:
            self._waiting.append(ask)
        else:
            limit = settings.MAX_WAITING_QUESTIONS
            raise TooManyRequests(
                f"At most {limit} questions may wait on one connection", retry_after=1
            )

    async def _answer_in_order(self, ask: Ask) -> None:
        await self._answer(ask)
        while self._waiting:
            await self._answer(self._waiting.popleft())
        self._in_order = None

    async def _answer(self, ask: Ask) -> None:
        async with self._refusing(request_id=ask.request_id, session_id=ask.session_id):
            answer = self._mine(await service.ask(self.identity, ask, self._hub))
            await show(
                answer, self._outlet, offset=ask.offset, stream=ask.stream, events=ask.events
            )

    async def _answer_again(self, again: Regenerate) -> None:
        async with self._refusing(id=again.id):
            answer = self._mine(await service.regenerate(self.identity, again, self._hub))
            await show(answer, self._outlet, events=again.events)

    async def _resume(self, resume: Resume) -> None:
        async with self._refusing(id=resume.id, session_id=resume.session_id):
            answer = self._mine(await service.find(self.identity, resume, self._hub))
            await show(
                answer,
                self._outlet,
                offset=resume.offset,
                reasoning_offset=resume.reasoning_offset,
                events=resume.events,
            )

    def _mine(self, answer: LiveAnswer) -> LiveAnswer:
        self._own.add(answer.id)
        self.pace.give_back()
        return answer

    async def _stop(self, stop: Stop) -> None:
        async with self._refusing(id=stop.id, request_id=stop.request_id):
            answer = await service.stop(self.identity, stop, self._hub)
            if answer.status != Message.Status.PENDING:
                ids = {"id": answer.pk.hex, "session_id": answer.session_id.hex}
                await self._outlet.text(status_frame("already ended", **ids, status=answer.status))

    async def _follow(self, follow: Follow) -> None:
        async with self._refusing(session_id=follow.session_id):
            self._follows.check_room()
            session = await database_sync_to_async(access.get_session)(
                self.identity, follow.session_id
            )
            self._follows.add(session.pk.hex)
            await self._outlet.text(status_frame("following", session_id=session.pk.hex))

    def _show_news(self, answer_id: str) -> None:
        if answer_id not in self._own:
            self._keep(self._show_followed(answer_id))

    async def _show_followed(self, answer_id: str) -> None:
        async with self._refusing(id=answer_id):
            answer = await service.find(self.identity, Resume(id=answer_id), self._hub)
            ids = {"id": answer.id, "session_id": answer.session_id}
            await self._outlet.text(
                status_frame("", event="question", question=answer.question, **ids)
            )
            await show(answer, self._outlet)

    def _show_notice(self, notice: str) -> None:
        self._keep(self._say(status_frame(notice, event="notice", notice=notice)))

    async def _judge(self, feedback: Feedback) -> None:
        async with self._refusing(id=feedback.id):
            answer = await service.rate(self.identity, feedback)
            ids = {"id": answer.pk.hex, "session_id": answer.session_id.hex}
            await self._outlet.text(status_frame("feedback saved", **ids, rating=feedback.rating))

    async def _say(self, frame: str) -> None:
        async with self._refusing():
            await self._outlet.text(frame)

    @asynccontextmanager
    async def _refusing(self, **known: str | None) -> AsyncIterator[None]:
        """Whatever goes wrong becomes an error frame, with the ids that are known."""
        try:
            try:
                yield
            except AppError as error:
                await self._outlet.text(error_frame(error, **known))
            except OSError:
                raise
            except Exception as error:
                await self._outlet.text(error_frame(error_reporting.report(error), **known))
        except OSError:
            # The client has left, as uvicorn says it. The answer goes on without it.
            logger.debug("The client left")

    def _keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """The socket's end is the end of its tasks."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
