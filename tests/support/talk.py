"""Conversations with a scripted engine, in which "A" is answered with "a"."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.test import Client

from chat.models import ChatSession
from tests.support.communicator import Socket
from tests.support.scripted_engine import ScriptedEngine
from tests.support.world import Person


class Talk:
    """A conversation in which "A" is answered with "a"."""

    def __init__(self, socket: Socket, engine: ScriptedEngine, person: Person) -> None:
        self.socket, self.engine, self.person = socket, engine, person
        # "" begins one.
        self.session_id = ""
        self.ids: dict[str, str] = {}

    async def ask(self, *questions: str, **fields: Any) -> None:
        for question in questions:
            self.script(question)
            await self.socket.ask(question, session_id=self.session_id, **fields)
            self.ids[question] = await self._end()

    async def regenerate(self, question: str) -> None:
        self.script(question)
        await self.socket.send(type="regenerate", id=self.ids[question])
        await self._end()

    async def switch(self, id: str) -> Any:
        await self.socket.send(type="switch", id=id)
        return await self.socket.frame()

    def script(self, question: str) -> None:
        self.engine.say(question.lower())
        self.engine.end()

    async def _end(self) -> str:
        end = (await self.socket.until_the_end())[-1]
        assert end["status"] == "complete"
        self.session_id = end["session_id"]
        return str(end["id"])

    def told(self) -> str:
        """The questions that the engine was told of last."""
        past = self.engine.prompts[-1].history
        assert all(each.answer == each.question.lower() for each in past)
        return "".join(each.question for each in past)

    async def listed(self, query: str = "") -> Any:
        return await sync_to_async(self._listed)(query)

    def _listed(self, query: str) -> Any:
        session = ChatSession.objects.get(pk=self.session_id)
        path = f"/api/v1/chats/{session.dialog_id.hex}/sessions/{session.pk.hex}{query}"
        bearer = f"Bearer {self.person.token}"
        return Client().get(path, headers={"authorization": bearer}).json()["data"]

    async def shown(self) -> str:
        """What is asked in the branch that the session shows."""
        listed = await self.listed()
        assert len(listed["messages"]) == listed["total"]
        return "".join(each["content"] for each in listed["messages"] if each["role"] == "user")
