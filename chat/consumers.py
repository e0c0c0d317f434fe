"""The socket: frames in, frames out. It asks, follows and stops answers; it owns none of them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.utils import timezone

from accounts.identity import Identity
from chat import doors, incidents
from chat.errors import BadFrame, ChatError, NotFound, NotSignedIn, TooMany
from chat.frames import PONG, frames_of, note, refusal
from chat.live.answer import LiveAnswer, Stage
from chat.live.hub import hub
from chat.models import Message
from chat.outlet import POLICY_VIOLATION, SERVICE_RESTART, Outlet
from chat.protocol import Ask, Ping, Request, Resume, Stop, parse

logger = logging.getLogger(__name__)

MAX_RESUMED = 8


class QuietConsumer(AsyncJsonWebsocketConsumer):
    """Channels' consumer, less two things that hurt when there are many sockets."""

    # Channels types neither the keys that middleware adds nor what tests send.
    scope: Any

    async def dispatch(self, message: Any) -> None:
        """Channels closes old database connections before each message, in the one thread that
        all ORM calls share: a slow query anywhere would delay every socket. Ours close their own.
        """
        handler = getattr(self, message["type"].replace(".", "_"))
        await handler(message)

    async def websocket_disconnect(self, _message: Any) -> None:
        raise StopConsumer


class RefusalConsumer(QuietConsumer):
    """Tells a client why it may not come in. A close before the accept would reach it as a bare
    HTTP 403."""

    async def connect(self) -> None:
        reason = str(self.scope["refusal"])
        await self.accept()
        await self.send(refusal(NotSignedIn(reason)))
        await self.close(POLICY_VIOLATION, reason)


class LostConsumer(QuietConsumer):
    """A socket at an address where there is none."""

    async def connect(self) -> None:
        await self.accept()
        await self.send(refusal(NotFound("There is no socket at this address")))
        await self.close(POLICY_VIOLATION, "There is no socket at this address")


class ChatConsumer(QuietConsumer):
    """One connection. Every answer it shows is followed by a task of its own, and `receive`
    waits for none of them: the next frame may be "stop"."""

    identity: Identity

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: deque[Ask] = deque()
        self._in_order: asyncio.Task[None] | None = None
        self._side_by_side = 0
        self._resumed = 0
        self._outlet = Outlet(send, self._let_go)
        # Not `disconnect()`: it is not called when a handler fails or the server stops.
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._outlet.retire()
            self._let_go()

    def _let_go(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def connect(self) -> None:
        self.identity = self.scope["identity"]
        await self.accept()
        self._outlet.close_in(settings.MAX_SOCKET_LIFE_S, SERVICE_RESTART, "Please connect again")
        if self.identity.expires_at:
            left = (self.identity.expires_at - timezone.now()).total_seconds()
            self._outlet.close_in(left, POLICY_VIOLATION, "The credential has expired")

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **_: Any
    ) -> None:
        """Awaits nothing but its own short replies: who does not read them is not heard."""
        try:
            if text_data is None:
                raise BadFrame("Frames must be text")
            await self._take(parse(text_data))
        except ChatError as error:
            await self._outlet.text(refusal(error))

    async def _take(self, request: Request) -> None:
        match request:
            case Ask(request_id=None):
                self._line_up(request)
            case Ask():
                self._answer_beside(request)
            case Resume():
                self._resume(request)
            case Stop():
                self._keep(self._stop(request))
            case Ping():
                await self._outlet.text(PONG)

    def _line_up(self, ask: Ask) -> None:
        if self._in_order is None:
            self._in_order = self._keep(self._answer_in_order(ask))
        elif len(self._waiting) < settings.MAX_WAITING_QUESTIONS:
            self._waiting.append(ask)
        else:
            limit = settings.MAX_WAITING_QUESTIONS
            raise TooMany(f"At most {limit} questions may wait on one connection", retry_after=1)

    async def _answer_in_order(self, ask: Ask) -> None:
        await self._answer(ask)
        while self._waiting:
            await self._answer(self._waiting.popleft())
        self._in_order = None

    def _answer_beside(self, ask: Ask) -> None:
        limit = settings.MAX_SIDE_BY_SIDE
        if self._side_by_side >= limit:
            message = f"At most {limit} questions are answered side by side on one connection"
            raise TooMany(message, request_id=ask.request_id, retry_after=1)
        self._side_by_side += 1
        self._keep(self._answer(ask)).add_done_callback(self._one_less_beside)

    def _one_less_beside(self, _: asyncio.Task[None]) -> None:
        self._side_by_side -= 1

    def _resume(self, resume: Resume) -> None:
        if self._resumed >= MAX_RESUMED:
            message = f"At most {MAX_RESUMED} answers are resumed at once on one connection"
            raise TooMany(message, id=resume.id, session_id=resume.session_id, retry_after=1)
        self._resumed += 1
        self._keep(self._show_again(resume)).add_done_callback(self._one_less_resumed)

    def _one_less_resumed(self, _: asyncio.Task[None]) -> None:
        self._resumed -= 1

    async def _answer(self, ask: Ask) -> None:
        async with self._refusing(request_id=ask.request_id, session_id=ask.session_id):
            answer = await doors.ask(self.identity.user, ask, hub)
            await self._show(answer, ask.offset, 0, stream=ask.stream, events=ask.events)

    async def _show_again(self, resume: Resume) -> None:
        async with self._refusing(id=resume.id, session_id=resume.session_id):
            answer = await doors.find(self.identity.user, resume, hub)
            await self._show(answer, resume.offset, resume.reasoning_offset, events=resume.events)

    async def _stop(self, stop: Stop) -> None:
        async with self._refusing(id=stop.id, request_id=stop.request_id):
            answer = await doors.stop(self.identity.user, stop, hub)
            if answer.status != Message.Status.PENDING:
                ids = {"id": answer.pk.hex, "session_id": answer.session_id.hex}
                await self._outlet.text(note("already ended", **ids, status=answer.status))

    async def _show(
        self,
        answer: LiveAnswer,
        offset: int,
        reasoning_offset: int | None,
        *,
        stream: bool = True,
        events: bool = False,
    ) -> None:
        frames, send, gap = frames_of(answer), self._outlet.text, settings.CHUNK_GAP_S
        known: Stage | None = None
        async for progress in answer.follow(offset, reasoning_offset):
            shown = progress if stream else progress.silent()
            for frame in frames.progress(shown, known, events):
                await send(frame)
            known = progress.stage
            if gap:
                await asyncio.sleep(gap)
        if outcome := answer.outcome:
            for frame in frames.ending(outcome) if stream else frames.whole(outcome):
                await send(frame)

    @asynccontextmanager
    async def _refusing(self, **known: str | None) -> AsyncIterator[None]:
        """Whatever goes wrong becomes an error frame, with the ids that are known."""
        try:
            try:
                yield
            except ChatError as error:
                await self._outlet.text(refusal(error, **known))
            except OSError:
                raise
            except Exception as error:
                await self._outlet.text(refusal(incidents.report(error), **known))
        except OSError:
            # The client has left, as uvicorn says it. The answer goes on without it.
            logger.debug("The client left")

    def _keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """The socket's end is the end of its tasks."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
