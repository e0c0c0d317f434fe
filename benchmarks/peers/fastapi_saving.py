"""FastAPI that saves the question before it answers: with SQLAlchemy, in a thread.

As its documentation shows it. It looks up a dialog and adds session, question and answer.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from typing import Any

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import ForeignKey, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from benchmarks.peers.wire import END, frame, length

app = FastAPI()
engine = create_engine(f"sqlite:///{os.environ['RAGWS_DATA_DIR']}/fastapi.sqlite3")


@event.listens_for(engine, "connect")
def set_as_ours(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def new_id() -> str:
    return uuid.uuid4().hex


class Base(DeclarativeBase):
    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)


class Dialog(Base):
    __tablename__ = "dialog"
    name: Mapped[str]


class Thread(Base):
    __tablename__ = "thread"
    dialog_id: Mapped[str] = mapped_column(ForeignKey("dialog.id"))


class Message(Base):
    __tablename__ = "message"
    thread_id: Mapped[str] = mapped_column(ForeignKey("thread.id"), index=True)
    role: Mapped[str]
    status: Mapped[str]
    content: Mapped[str]


Base.metadata.create_all(engine)
with Session(engine) as session:
    DIALOG = new_id()
    session.add(Dialog(id=DIALOG, name="Load"))
    session.commit()


def save(question: str) -> str:
    with Session(engine) as session:
        dialog = session.get_one(Dialog, DIALOG)
        thread = Thread(id=new_id(), dialog_id=dialog.id)
        answer = Message(id=new_id(), thread_id=thread.id, role="a", status="pending", content="")
        asked = Message(thread_id=thread.id, role="q", status="complete", content=question)
        session.add_all([thread, asked, answer])
        session.commit()
        return answer.id


def finish(answer_id: str, text: str) -> None:
    with Session(engine) as session:
        answer = session.get_one(Message, answer_id)
        answer.status, answer.content = "complete", text
        session.commit()


@app.websocket("/v1/ws/chat")
async def chat(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            asked = await socket.receive_json()
            answer_id = await run_in_threadpool(save, asked["question"])
            said = []
            for _ in range(length(asked["question"])):
                await asyncio.sleep(0)
                piece = frame()
                said.append(piece["data"]["answer"])
                await socket.send_json(piece)
            await run_in_threadpool(finish, answer_id, "".join(said))
            await socket.send_json(END)
    except WebSocketDisconnect:
        return
