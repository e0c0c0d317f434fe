"""The chat socket: takes requests from frames, and sends frames of answers. It owns no answer."""

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
from chat.answers import service
from chat.answers.hub import Hub
from chat.answers.requests import (
    Ask,
    Feedback,
    Follow,
    Notices,
    Ping,
    Regenerate,
    Request,
    Resume,
    Stop,
    Switch,
    Unfollow,
)
from chat.answers.scopes import check_scope
from chat.errors import ServerLeaving
from chat.live.answer import LiveAnswer
from chat.models import Message
from chat.websocket.base import BaseConsumer
from chat.websocket.concurrency import Slots
from chat.websocket.direct_write import DIRECT_WRITE
from chat.websocket.frame_encoder import PONG, error_frame, status_frame
from chat.websocket.frame_parser import parse
from chat.websocket.sender import Sender
from chat.websocket.streaming import send_answer
from chat.websocket.subscriptions import Subscriptions
from core import error_reporting
from core.close_codes import POLICY_VIOLATION, SERVICE_RESTART
from core.errors import AppError, BadRequest, TooManyRequests
from core.tasks import TaskSet

logger = logging.getLogger(__name__)

MAX_RESUMED = 8
# A client that reconnects follows all of its sessions again, one after the other.
MAX_SHORT_REQUESTS = 64


class ChatConsumer(BaseConsumer):
    """One connection. Every answer it shows is sent by a task of its own, and `receive` waits for
    none of them: the next frame may be "stop"."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.identity: Identity = scope["identity"]
        self._tasks = TaskSet()
        # Questions without `request_id` are answered in order, by one task.
        self._queued: deque[Ask] = deque()
        self._queue_task: asyncio.Task[None] | None = None
        self._concurrent = Slots(settings.MAX_SIDE_BY_SIDE, "questions are answered side by side")
        self._resumed = Slots(MAX_RESUMED, "answers are resumed")
        self._short = Slots(MAX_SHORT_REQUESTS, "frames that stop, follow or rate are dealt with")
        # Answers that were asked for here: following their session does not show them twice.
        self._requested: set[str] = set()
        user_id = None if self.identity.end_user else self.identity.user.pk.hex
        self._subscriptions = Subscriptions(
            user_id, self._on_answer, self._on_branch, self._on_notice
        )
        direct_writer = scope.get("extensions", {}).get(DIRECT_WRITE)
        self._sender = Sender(send, self._tasks.cancel, direct_writer)
        # Not `disconnect()`: it is not called when a handler fails or the server stops.
        try:
            with socket_monitor().monitoring(self.identity, self._close_in):
                await super().__call__(scope, receive, send)
        finally:
            self._sender.cancel_timers()
            self._subscriptions.end()
            self._tasks.cancel()

    async def connect(self) -> None:
        await self.accept()
        self._sender.close_in(settings.MAX_SOCKET_LIFE_S, SERVICE_RESTART, "Please connect again")
        if self.identity.expires_at:
            left = (self.identity.expires_at - timezone.now()).total_seconds()
            self._close_in(left, EXPIRED)

    def _close_in(self, seconds: float, reason: str) -> None:
        self._sender.close_in(seconds, POLICY_VIOLATION, reason)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **_: Any
    ) -> None:
        """Awaits nothing but its own short replies: a client that stops reading them is
        back-pressured, since no further frame of it is read."""
        try:
            if text_data is None:
                raise BadRequest("Frames must be text")
            request = parse(text_data)
            check_scope(self.identity, request)
            await self._handle(request)
        except AppError as error:
            await self._sender.send_text(error_frame(error))

    async def _handle(self, request: Request) -> None:
        match request:
            case Ask(request_id=None):
                self._queue(request)
            case Ask():
                ids = {"request_id": request.request_id}
                self._start(self._concurrent, self._ask, request, **ids)
            case Regenerate():
                self._start(self._concurrent, self._regenerate, request, id=request.id)
            case Resume():
                ids = {"id": request.id, "session_id": request.session_id}
                self._start(self._resumed, self._resume, request, **ids)
            case Stop():
                ids = {"id": request.id, "request_id": request.request_id}
                self._start(self._short, self._stop, request, **ids)
            case Follow() | Unfollow() | Notices():
                await self._subscribe(request)
            case Switch():
                self._start(self._short, self._switch, request, id=request.id)
            case Feedback():
                self._start(self._short, self._rate, request, id=request.id)
            case Ping():
                await self._sender.send_text(PONG)

    async def _subscribe(self, request: Follow | Unfollow | Notices) -> None:
        match request:
            case Follow(session_id):
                self._start(self._short, self._follow, request, session_id=session_id)
            case Unfollow(session_id):
                self._subscriptions.discard(session_id)
                frame = status_frame("not following", session_id=session_id)
                await self._sender.send_text(frame)
            case Notices():
                self._subscriptions.add_notices()
                await self._sender.send_text(status_frame("notices"))

    def _start(
        self,
        slots: Slots,
        handler: Callable[[Any], Coroutine[Any, Any, None]],
        request: Any,
        **ids: str | None,
    ) -> None:
        """Handle the request in a task. Raises TooManyRequests, with `ids`, if no slot is free."""
        slots.take(**ids)
        slots.free_after(self._tasks.start(handler(request)))

    def _queue(self, ask: Ask) -> None:
        if self._queue_task is None:
            self._queue_task = self._tasks.start(self._ask_in_order(ask))
        elif len(self._queued) < settings.MAX_WAITING_QUESTIONS:
            self._queued.append(ask)
        else:
            limit = settings.MAX_WAITING_QUESTIONS
            raise TooManyRequests(
                f"At most {limit} questions may wait on one connection", retry_after=1
            )

    async def _ask_in_order(self, ask: Ask) -> None:
        await self._ask(ask)
        while self._queued:
            await self._ask(self._queued.popleft())
        self._queue_task = None

    async def _ask(self, ask: Ask) -> None:
        async with self._sending_errors(request_id=ask.request_id, session_id=ask.session_id):
            answer = await service.ask(self.identity, ask, self._hub)
            self._note_requested(answer)
            await send_answer(
                answer, self._sender, offset=ask.offset, stream=ask.stream, events=ask.events
            )

    async def _regenerate(self, regenerate: Regenerate) -> None:
        async with self._sending_errors(id=regenerate.id):
            answer = await service.regenerate(self.identity, regenerate, self._hub)
            self._note_requested(answer)
            await send_answer(answer, self._sender, events=regenerate.events)

    async def _resume(self, resume: Resume) -> None:
        async with self._sending_errors(id=resume.id, session_id=resume.session_id):
            answer = await service.find(self.identity, resume, self._hub)
            self._note_requested(answer)
            await send_answer(
                answer,
                self._sender,
                offset=resume.offset,
                reasoning_offset=resume.reasoning_offset,
                events=resume.events,
            )

    def _close_if_idle(self) -> None:
        """The server leaves: this connection is of no more use, unless answers are sent on it."""
        if len(self._tasks) == 1:
            self._sender.close_in(0, SERVICE_RESTART, "The server restarts; retry after 1 s")

    def _note_requested(self, answer: LiveAnswer) -> None:
        self._requested.add(answer.id)
        self.throttle.refund()

    async def _stop(self, stop: Stop) -> None:
        async with self._sending_errors(id=stop.id, request_id=stop.request_id):
            answer = await service.stop(self.identity, stop, self._hub)
            if answer.status != Message.Status.PENDING:
                ids = {"id": answer.pk.hex, "session_id": answer.session_id.hex}
                frame = status_frame("already ended", **ids, status=answer.status)
                await self._sender.send_text(frame)

    async def _switch(self, switch: Switch) -> None:
        async with self._sending_errors(id=switch.id):
            session_id = await service.switch(self.identity, switch, self._hub)
            await self._sender.send_text(status_frame("switched", session_id=session_id))

    async def _rate(self, feedback: Feedback) -> None:
        async with self._sending_errors(id=feedback.id):
            answer = await service.rate(self.identity, feedback)
            ids = {"id": answer.pk.hex, "session_id": answer.session_id.hex}
            frame = status_frame("feedback saved", **ids, rating=feedback.rating)
            await self._sender.send_text(frame)

    async def _follow(self, follow: Follow) -> None:
        async with self._sending_errors(session_id=follow.session_id):
            self._subscriptions.check_limit()
            session_id = await service.find_session_id(self.identity, follow.session_id)
            self._subscriptions.add(session_id)
            await self._sender.send_text(status_frame("following", session_id=session_id))

    def _on_answer(self, answer_id: str) -> None:
        if answer_id not in self._requested:
            self._tasks.start(self._send_followed(answer_id))

    async def _send_followed(self, answer_id: str) -> None:
        async with self._sending_errors(id=answer_id):
            answer = await service.find(self.identity, Resume(id=answer_id), self._hub)
            ids = {
                "id": answer.id,
                "session_id": answer.session_id,
                "question_id": answer.question_id,
            }
            if answer.edit:
                ids["edit"] = answer.edit
            frame = status_frame("", event="question", question=answer.question, **ids)
            await self._sender.send_text(frame)
            await send_answer(answer, self._sender)

    def _on_branch(self, session_id: str) -> None:
        self._tasks.start(self._send_branch(session_id))

    async def _send_branch(self, session_id: str) -> None:
        async with self._sending_errors():
            frame = status_frame("", event="branch", session_id=session_id)
            await self._sender.send_text(frame)

    def _on_notice(self, notice: str) -> None:
        self._tasks.start(self._send_notice(notice))

    async def _send_notice(self, notice: str) -> None:
        async with self._sending_errors():
            await self._sender.send_text(status_frame(notice, event="notice", notice=notice))

    @asynccontextmanager
    async def _sending_errors(self, **ids: str | None) -> AsyncIterator[None]:
        """Send an error of the block as an error frame, with the ids of the request."""
        try:
            try:
                yield
            except AppError as error:
                await self._sender.send_text(error_frame(error, **ids))
                if isinstance(error, ServerLeaving):
                    self._close_if_idle()
            except OSError:
                raise
            except Exception as error:
                await self._sender.send_text(error_frame(error_reporting.report(error), **ids))
        except OSError:
            # uvicorn raises it when the client has left. The answer goes on without it.
            logger.debug("The client left")
