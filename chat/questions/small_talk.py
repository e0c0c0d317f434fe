"""Recognizes small talk: greetings, thanks, goodbyes, and questions about the assistant itself."""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum

from knowledge.text.chinese_variants import SIMPLIFIED


class SmallTalk(Enum):
    """The order is that of importance: "hi, who are you?" asks who it is."""

    ABILITY = "ability"
    IDENTITY = "identity"
    GOODBYE = "goodbye"
    THANKS = "thanks"
    GREETING = "greeting"
    ACKNOWLEDGEMENT = "acknowledgement"


# Longer texts ask for something.
MAX_CHARS = 100

# Patterns of what is left of a text by `_plain`, one kind and language a block; spaces in English
# stand for any white space.
ENGLISH = {
    SmallTalk.ABILITY: (
        "what (?:all )?(?:can|do|could) (?:you|u) (?:do|offer|answer|know)"
        "(?: for (?:me|us))?|what are (?:you|your) "
        "(?:able to do|(?:here |good )?for|good at|capabilities|capable of|features|skills)|"
        "what (?:can|could|should|may) i ask(?: (?:you|u))?(?: about| here)?|"
        "what (?:kind of |sort of )?(?:questions|topics) (?:can|do|could) (?:you|u|i) "
        "(?:answer|ask|know|cover)|(?:how )?(?:can|could|will) (?:you|u) (?:help|assist)"
        "(?: me| us)?(?: with)?|what (?:can|do|could) (?:you|u) (?:help|assist)(?: me| us)?"
        "(?: with)?|"
        "what (?:can|could) (?:you|u) tell me|what (?:can|could) (?:you|u) do for (?:me|us)|"
        "how (?:do|does) (?:you|u|this|it) work|how (?:do|can|should) i use (?:you|this)|"
        "what (?:are your|do your) documents (?:about|cover)|what documents do you (?:have|know)|"
        "what (?:are|is) (?:the|these|this|all (?:the|these)|your) (?:documents|files|library|"
        "texts|knowledge base) (?:all )?about|what (?:documents|files|topics) (?:are|do you have) "
        "(?:there|here)|"
        "i need (?:some )?help|help(?: me)?(?: out)?"
    ),
    SmallTalk.IDENTITY: (
        "who (?:are|r) (?:you|u)|what (?:are|r) (?:you|u)|what(?: i)?s your name|"
        "(?:do|have) you (?:have |got )?a name|may i (?:know|ask) your name|your name|"
        "are you (?:a |an )?(?:real |live )?(?:ro)?(?:bot|human|person|machine|ai|real|chatgpt|"
        "alive|computer|program)(?: being)?(?: or (?:a |an )?\\w+)?|"
        "(?:please )?introduce yourself|tell me (?:something |a bit |a little )?about yourself|"
        "who am i (?:talking|speaking|chatting) (?:to|with)|who (?:made|created|built|wrote) you"
    ),
    SmallTalk.GOODBYE: (
        "(?:good ?)?bye(?: ?bye)?|good ?night|see (?:you|ya|u)(?: (?:later|soon|around|tomorrow|"
        "next time|again))?|cya|farewell|take care|so long|ciao|ttyl|talk to (?:you|u) "
        "(?:later|soon)|have (?:yourself )?a (?:nice|good|great|lovely|wonderful) (?:day|evening|"
        "night|weekend|"
        "one|time)|i (?:have|need|got) to go|gotta go|thats (?:all|it)(?: for (?:now|today))?|"
        "that is all(?: for (?:now|today))?|until next time|nothing else|no more questions"
    ),
    SmallTalk.THANKS: (
        "(?:many )?thank(?:s|u| you| u|ies| ye)|thx+|tha?nx|tnx|tysm|ty|tyvm|cheers|"
        "(?:much |greatly |really )?appreciate(?:d|s)?(?: it| that)?|grateful|"
        "(?:youre|you are|you were|you have been|youve been|that was|that is|thats|this was|"
        "this is|it was) (?:a |of |very |so |really |super |most |such )*(?:great |big )?"
        "(?:help(?:ful)?|kind|the best|awesome|great|amazing|useful|nice)|"
        "that (?:really )?help(?:s|ed)|well done|good (?:job|bot|work)|nice work|great job"
    ),
    SmallTalk.GREETING: (
        "hi+(?: ?ya)?|he+y+a?|hell?o+|hallo|hullo|howdy|yo|greetings|salutations|"
        "good ?(?:morning|afternoon|evening|day)|morning|evening|gday|sup|wass?up|what(?:s| is) up|"
        "how (?:are|r) (?:you|u|ya)(?: doing| today| feeling)*|hows it going|how is it going|"
        "how do you do|(?:nice|good|pleased|glad) to (?:meet|see) you(?: too)?|"
        "(?:is )?any(?:body|one)(?: (?:there|here|home))?|are (?:you|u) (?:there|here|online)|"
        "you there|test(?:ing)?|ping"
    ),
    SmallTalk.ACKNOWLEDGEMENT: (
        "ok(?:ay|ie)?|k|cool|great|perfect|awesome|nice|excellent|wonderful|fantastic|super|"
        "brilliant|amazing|lovely|good|fine|alright|all right|(?:i )?got it|i see|i understand|"
        "understood|right|sure|makes sense|wow|yes|yep|yeah|no|nope|ha(?:ha)+|lol|no problem|"
        "sounds good|very good|never mind|nevermind|interesting|noted"
    ),
}
ENGLISH_FILLERS = (
    "there|again|everyone|everybody|all|folks|guys|buddy|friends?|mate|man|bot|robot|assistant|sir|"
    "madam|please|pls|so|very|really|well|and|but|oh|ah|um|just|wanted to say|much|a (?:lot|bunch|"
    "million|ton)|lots|loads|indeed|today|then|now|for now|my|dear|you|u|that|this|"
    "for (?:that|this|everything|all|(?:all )?(?:your|the) (?:quick |kind |great )?(?:help|time|"
    "information|info|answers?|reply|explanation|support)|helping(?: me)?|answering)|"
    "i|was wondering|can you tell me|could you tell me|tell me|exactly|actually|anyway"
)
CHINESE = {
    SmallTalk.ABILITY: (
        "[你您](?:都|还|到底|究竟)?(?:能|会|可以)(?:够)?(?:帮|为|给|替)?(?:我|我们)?(?:都)?(?:做|干|办|解决|提供)"
        "(?:些|点)?(?:什么|啥|哪些)(?:事情|事|活|服务|工作|问题)?|[你您](?:都)?(?:能|会|可以)(?:些)?(?:什么|啥)|"
        "[你您](?:都)?有(?:什么|哪些|啥)(?:功能|用|用处|用途|能力|本事|本领|技能|服务)|"
        "[你您](?:能|可以)帮(?:我|助我|到我|我们)?(?:些|做)?(?:什么|啥|哪些)(?:忙|事)?|"
        "[你您](?:都)?(?:能|会|可以)回答(?:我)?(?:些)?(?:什么|哪些|啥)(?:样的|类型的|方面的)?(?:问题)?|"
        "(?:我)?(?:都)?(?:能|可以|该|应该)(?:向)?[你您]?(?:问|咨询)[你您]?(?:些|一些)?(?:什么|哪些|啥)(?:问题)?|"
        "[你您](?:都)?(?:知道|了解|懂|擅长)(?:些)?(?:什么|啥|哪些)(?:东西|内容)?|(?:怎么|如何|怎样)(?:使?用)[你您]?|"
        "[你您](?:是)?(?:怎么|如何|怎样)(?:用|使用|工作)(?:的)?|[你您]是(?:干|做)(?:什么|啥)(?:用)?的?|"
        "(?:可以|能|请)?帮(?:帮|助|一下)?我(?:一下|吗|个忙)?|[你您](?:可以|能|能不能|可不可以)帮(?:帮|助)?(?:我|忙)(?:一下|吗)?|"
        "(?:[你您这本]?个?(?:的)?(?:知识库|文档库|资料库|书库)|这里)(?:里面?|中)?(?:都)?(?:有|包含)(?:些)?(?:什么|哪些|啥)"
        "(?:内容|文档|文件|文章|资料|东西)?|"
        "有什么(?:功能|可以帮我的?)|有(?:哪些|什么)(?:文档|资料)(?:可以问)?|"
        "(?:这些|这里的|你的)?(?:文档|资料|文件|知识库)(?:里|中)?(?:都|主要)?(?:是)?(?:关于|讲|说|写)(?:的)?(?:是)?(?:些)?"
        "(?:什么|啥)(?:的|内容)?|帮助"
    ),
    SmallTalk.IDENTITY: (
        "[你您](?:到底|究竟)?是(?:谁|哪位|什么(?:东西|人|机器人|ai|模型)?|啥)|谁是[你您]|"
        "[你您](?:的)?(?:叫|名字(?:是|叫)?|大名(?:是)?|姓名(?:是)?)(?:什么|啥)?(?:名字)?|[你您]贵姓|"
        "(?:怎么|如何|该怎么|我该怎么)称呼[你您]?|[你您](?:怎么|如何)称呼|"
        "[你您](?:是不是|是|算)(?:一个|个|一位)?(?:真的|真正的|真)?(?:机器人|机器|人工智能|人工|ai|真人|人|人类|客服|程序|chatgpt|gpt|助手)"
        "(?:还是(?:机器人|机器|人工智能|ai|真人|人|人类|程序))?(?:吗)?|"
        "(?:请)?(?:[你您])?(?:做个|做一下|来个|来一段)?自我介绍(?:一下)?|(?:请)?介绍(?:一下|下)?(?:[你您])?自己|"
        "(?:是)?谁(?:做|开发|创造|制作|发明|设计)(?:出|了)?(?:的)?[你您](?:的)?"
    ),
    SmallTalk.GOODBYE: (
        "再见|再会|拜拜|拜|掰掰|88+6?|回头见|回见|明天见|明儿见|下次见|下回见|下次(?:再)?聊|回聊|改天(?:再)?聊|"
        "晚安|告辞|我?先?走了|我?(?:先)?(?:下|撤)了|(?:先|就)这样|没(?:有)?(?:别的|其他|其它)?(?:问题|事)了|祝[你您](?:愉快|好运|工作顺利)"
    ),
    SmallTalk.THANKS: (
        "(?:非常|十分|太|很|万分)?(?:谢谢|多谢|感谢|感激|感恩|谢过)(?:[你您]们?)?(?:的)?(?:耐心|热心|详细|精彩)?"
        "(?:帮助|帮忙|解答|回答|回复|讲解|解释|指点|指教|支持)?|谢(?:了|啦|咯)|拜谢|[你您]?(?:太)?辛苦[你您]?|"
        "麻烦[你您]?了|有劳(?:[你您])?|3q|受教|帮(?:了)?(?:我)?(?:大|很大)(?:的)?忙|[你您](?:真|太|很)(?:棒|厉害|好|行|牛|聪明)"
    ),
    SmallTalk.GREETING: (
        "[你您](?:们)?好(?:吗|么)?|大家好|哈[喽罗啰咯]|嗨+|嘿+|喂|早上好|早安?|上午好|中午好|下午好|晚上好|"
        "[你您]?在(?:吗|么|不在|不|线吗)|有人(?:在)?(?:吗|么)|(?:最近|近来)(?:好吗|怎么样|如何|过得怎么样)|吃了吗|"
        "(?:很)?(?:高兴|荣幸)(?:认识|见到)[你您]|幸会|久仰|好久不见|新年好|新年快乐|节日快乐|测试"
    ),
    SmallTalk.ACKNOWLEDGEMENT: (
        "好(?:的|吧|滴|嘞|咧|哒)?|行|嗯+|哦+|噢+|喔+|明白|(?:我)?知道|(?:我)?(?:懂|晓得)|了解|清楚|收到|可以|"
        "(?:真|很|太|还)?(?:不错|棒|厉害|牛|有用|有意思|有趣|赞)|(?:很|太|真)好|没问题|没事|没有|不用|不客气|原来如此|"
        "原来是这样|这样啊|对|是的?|哈哈+|呵呵+|嘻嘻+|算|完美"
    ),
}
CHINESE_FILLERS = (
    "[呀啊啦哦呢吧哈嘛呐喔了的哟咯喽滴噢哇诶欸唉先就都也很太真]|请问|请|那么?|亲爱的|亲|朋友们?|小助手|助手|机器人|助理|"
    "大家|各位|同学|老师|我|真的|真是|非常|十分|一下|一声|想问|想问一下|告诉我|[你您]|客服|小姐姐|小哥"
)
# These are questions about what was said before, if they end in a question mark: "right?", "好?".
ASKS_BACK = {SmallTalk.ACKNOWLEDGEMENT}
COURTESIES = {SmallTalk.GREETING, SmallTalk.THANKS, SmallTalk.GOODBYE}
# A greeting without a comma behind it.
GREETED = re.compile(
    r"\A\s*(?:(?:hi|hello|hey)(?: there)?\s+(?=(?:how|what|who|where|when|why|which|is|are|can|"
    r"could|do|does|did|i|please|tell)\b)|[你您]好(?=.{3}))",
    re.IGNORECASE,
)
# Words that only say that a question follows.
ASKS = re.compile(
    r"\s*(?:我?[就只]?(?:想|要)?(?:再)?(?:请问|问|请教|咨询|了解|知道)(?:你|您)?(?:一下子?|下|一个问题|个问题)"
    r"|我?想(?:知道|了解)|[你您]?(?:能不能|可以|能|可不可以)?告诉我(?:一下)?|[你您]知道)[，,：:\s]*(?=.{3})"
)
# With the marks at its end.
PART = re.compile(r"[^,;:!?.，。；：！？～~\n]*[,;:!?.，。；：！？～~\s]*+(?<=.)", re.DOTALL)


def small_talk_of(question: str, name: str = "") -> SmallTalk | None:
    """The kind of small talk, or None if anything else is asked. `name`: the dialog may be called
    by it."""
    if len(question) > MAX_CHARS:
        return None
    text = _plain(question)
    if name and (called := _plain(name)) not in ("", text):
        text = _plain(re.sub(rf"(?<![a-z]){re.escape(called)}(?![a-z])", " ", text))
    kinds = set(_kinds(text))
    if None in kinds:
        return None
    first = next((kind for kind in SmallTalk if kind in kinds), None)
    if first in ASKS_BACK and question.rstrip().endswith(("?", "？")):
        return None
    return first


def without_courtesies(question: str) -> str:
    """Without greetings and thanks before and after what is asked, and "I would like to ask" in
    Chinese: nothing is searched for them. The question as it is, if there is nothing else."""
    parts = PART.findall(GREETED.sub("", question, count=1))
    asked = [number for number, part in enumerate(parts) if not _is_courtesy(part)]
    if not asked:
        return question
    return ASKS.sub("", "".join(parts[asked[0] : asked[-1] + 1]).strip(), count=1)


def _is_courtesy(part: str) -> bool:
    return small_talk_of(part) in COURTESIES or not _plain(part)


def _plain(text: str) -> str:
    """In small letters and simplified characters; emoji and punctuation are spaces, and apostrophes
    nothing."""
    text = unicodedata.normalize("NFKC", text).translate(SIMPLIFIED).casefold()
    text = re.sub(r"['’`]", "", text)
    return " ".join("".join(c if c.isalnum() else " " for c in text).split())


def _kinds(text: str) -> Iterator[SmallTalk | None]:
    """The kind of each phrase in turn; None, and nothing more, at the first that is none."""
    position = 0
    while position < len(text):
        found = PHRASE.match(text, position)
        if not found:
            yield None
            return
        position = found.end()
        kind = (found.lastgroup or "").partition("_")[0]
        if kind != "filler":
            yield SmallTalk[kind]


# Any phrase, in the group of its kind.
PHRASE = re.compile(
    "(?:{}) ?".format(
        "|".join(
            (
                *(f"(?P<{kind.name}_en>{some})(?![a-z0-9])" for kind, some in ENGLISH.items()),
                *(f"(?P<{kind.name}_zh>{some})" for kind, some in CHINESE.items()),
                f"(?P<filler_en>{ENGLISH_FILLERS})(?![a-z0-9])",
                f"(?P<filler_zh>{CHINESE_FILLERS})",
            )
        )
    )
)
