"""A page of our own host asks with the browser's EventSource, and nothing but the login cookie."""

from __future__ import annotations

from tests.journeys.conftest import Scene
from tests.support.browser_visitor import BrowserVisitor
from tests.support.seeded_data import QUESTION

ASK = """([chat, question]) => new Promise((resolve, reject) => {
    const query = new URLSearchParams({chat_id: chat, question});
    const source = new EventSource(`/v1/conversation/completion?${query}`);
    const texts = [];
    source.onerror = () => reject(new Error(`after ${texts.length} events`));
    source.onmessage = ({data}) => {
        const frame = JSON.parse(data);
        if (frame.data === true) {
            source.close();
            resolve([texts.join(""), frame.status]);
        } else {
            texts.push(frame.data.answer);
        }
    };
})"""


def test_an_event_source_asks(alice: BrowserVisitor, scene: Scene) -> None:
    alice.visit(scene.helpdesk)
    text, status = alice.page.evaluate(ASK, [scene.helpdesk, QUESTION])
    assert "Megalo Chorio" in text
    assert status == "complete"
