"""Questions about this very moment are known."""

from __future__ import annotations

import pytest

from chat.questions.about_now import asks_about_now

NIGHT = "荧惑在夏天的夜里转凉，天气很好。"
PLAN = "Today's news: the office is closed. 今天的天气：晴。"


@pytest.mark.parametrize(
    "question",
    [
        "What is the weather like today?",
        "what time is it?",
        "Which day is it today?",
        "What's the stock price of Acme now?",
        "今天天气怎么样？",
        "現在幾點？",
        "明天会下雨吗",
        "天气怎么样？",
    ],
)
def test_no_document_tells_how_it_is_now(question: str) -> None:
    assert asks_about_now(question, [NIGHT])


@pytest.mark.parametrize(
    "question",
    [
        "What is the weather in the story?",
        "How do I see what runs now?",
        "Is writing still in use today?",
        "今天还有人用吗？",
        "天气对望远镜有什么影响？",
        "食堂几点开门？",
        "What time does the canteen open?",
    ],
)
def test_other_questions_are_about_documents(question: str) -> None:
    assert not asks_about_now(question, [NIGHT])


@pytest.mark.parametrize("question", ["What is the news today?", "今天天气怎么样？"])
def test_a_plan_for_today_may_tell(question: str) -> None:
    assert not asks_about_now(question, [PLAN])
