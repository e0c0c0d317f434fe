"""An API token in the admin: issued, copied, used by a program, revoked."""

from __future__ import annotations

import json

from playwright.sync_api import expect
from websocket import WebSocket, create_connection

from tests.journeys.conftest import Scene
from tests.support.browser_visitor import BrowserVisitor
from tests.support.server import Server


def connect(server: Server, token: str) -> WebSocket:
    header = {"Authorization": f"Bearer {token}"}
    return create_connection(f"{server.ws}/v1/ws/chat", header=header, timeout=10)


def ask(socket: WebSocket, chat_id: str) -> list[dict[str, object]]:
    socket.send(json.dumps({"type": "chat", "chat_id": chat_id, "question": "bench n=3"}))
    frames = [json.loads(socket.recv())]
    while frames[-1]["data"] is not True and frames[-1]["code"] == 0:
        frames.append(json.loads(socket.recv()))
    return frames


def test_a_token_is_issued_used_and_revoked(
    alice: BrowserVisitor, server: Server, scene: Scene
) -> None:
    page = alice.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{server.http}/admin/accounts/apitoken/add/")
    page.get_by_role("textbox", name="Name").fill("Mini program")
    page.get_by_role("button", name="Issue the token").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    token = page.evaluate("navigator.clipboard.readText()")
    assert token.startswith("ragflow-")

    socket = connect(server, token)
    *chunks, completion = ask(socket, scene.load)
    assert completion["data"] is True
    assert chunks
    socket.close()

    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_text(token)).to_have_count(0)
    row = page.get_by_role("row").filter(has_text="Mini program")
    row.get_by_role("checkbox").check()
    page.get_by_role("combobox", name="Action").select_option(label="Revoke selected API tokens")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("1 API token was revoked.")).to_be_visible()

    refused = connect(server, token)
    assert json.loads(refused.recv())["code"] == 401
    refused.close()
