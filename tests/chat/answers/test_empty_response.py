"""What a dialog says if nothing relevant is found, as it is at first."""

from __future__ import annotations

import pytest

from chat.models import EMPTY_RESPONSE, Dialog
from tests.chat.conftest import Connect
from tests.support.scripted_engine import ScriptedEngine
from tests.support.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Who won the cup in Rome?", EMPTY_RESPONSE),
        ("罗马的奖杯是谁赢的？", "抱歉，知识库中没有找到相关内容。"),
        ("羅馬的獎盃是誰贏的？", "抱歉，知識庫中沒有找到相關內容。"),
    ],
)
async def test_the_default_is_in_the_language_of_the_question(
    world: World, alice: Connect, engine: ScriptedEngine, question: str, said: str
) -> None:
    async for dialog in Dialog.objects.all():
        await dialog.knowledge_bases.aadd(world.knowledge_base)
    await Dialog.objects.aupdate(empty_response=EMPTY_RESPONSE)
    engine.end()
    async with alice() as socket:
        await socket.ask(question)
        await socket.until_the_end()
    assert engine.prompts[-1].empty_response == said
