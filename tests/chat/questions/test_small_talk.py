"""Small talk, and questions that only look like it."""

import pytest

from chat.questions.small_talk import SmallTalk, small_talk_of, without_courtesies

KINDS = {
    SmallTalk.GREETING: "hi!|Hi there 👋|good morning everyone|how are you?|Hello, Helpdesk|heyyy|"
    "你好呀|在吗？|大家早上好|您好！！|哈囉|hello，你好|好久不见",
    SmallTalk.THANKS: "thx|Thank you so much!!|cool, thank you|thanks a lot for your help 🙏|"
    "that was very helpful|谢谢啦|好的，明白了，谢谢|謝謝你的幫助|辛苦了|太棒了，谢谢！",
    SmallTalk.GOODBYE: "bye|ok, see you later|have a nice day|that's all, thank you|再见|拜拜～|"
    "晚安|沒問題了，再見",
    SmallTalk.IDENTITY: "who are you|What's your name?|hi, who are you?|are you a bot?|你是谁？|"
    "請問你是誰|你叫什么名字？|介绍一下你自己|你是机器人吗",
    SmallTalk.ABILITY: "what can you do?|Can you help me?|hello, what can I ask you?|help|"
    "what do you know?|What are the documents about?|文档是关于什么的？|"
    "你能做什么？|你會什麼|你有什么功能？|我可以問你什麼問題？|"
    "这个知识库里有什么？|這裡有哪些資料",
    SmallTalk.ACKNOWLEDGEMENT: "ok|Great!|got it|好的|知道了|嗯嗯|原來如此",
}
QUESTIONS = (
    "hi, how much tea?|What is tea?|why?|good?|right?|and who are his enemies?|later?|OK Computer|"
    "What can you do with old tea leaves?|What are the documents about tea?|"
    "how do I say hello in Chinese|Thanksgiving|"
    "help desk hours|hello world program|who made the Eiffel tower|"
    "是什么|好吃吗|为什么？|你好是什么意思|感谢信怎么写|好不好|"
    "然后呢|怎么用茶壶泡茶|他叫什么名字|谁|可以吗？|再见的英文|早茶几点|" + "hi " * 60
)


@pytest.mark.parametrize(
    ("said", "kind"), [(said, kind) for kind, some in KINDS.items() for said in some.split("|")]
)
def test_small_talk_is_recognized(said: str, kind: SmallTalk) -> None:
    assert small_talk_of(said, "Helpdesk") is kind


@pytest.mark.parametrize("question", QUESTIONS.split("|"))
def test_whatever_else_is_asked_is_no_small_talk(question: str) -> None:
    assert small_talk_of(question, "Helpdesk") is None


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Hi, how long does tea steep?", "how long does tea steep?"),
        ("hello there what is tea", "what is tea"),
        ("How long? Thanks!", "How long?"),
        ("你好，请问茶要泡多久？谢谢", "请问茶要泡多久？"),
        ("我想问一下茶要泡多久", "茶要泡多久"),
        ("你好，想请教一下，什么是红茶？", "什么是红茶？"),
        ("你知道谁造了这座桥吗", "谁造了这座桥吗"),
        ("你知道", "你知道"),
        ("thanks, and how hot?", "and how hot?"),
        ("Hello Kitty was drawn by whom?", "Hello Kitty was drawn by whom?"),
        ("What is 3.14?", "What is 3.14?"),
        ("Hello!", "Hello!"),
        ("", ""),
    ],
)
def test_courtesies_are_not_searched_for(question: str, asked: str) -> None:
    assert without_courtesies(question) == asked
