"""What kind of answer a question wants: a definition, steps, a list, a sentence of each of two."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from knowledge.text.analysis import fold


class QuestionKind(Enum):
    FACT = auto()
    DEFINITION = auto()
    STEPS = auto()
    LIST = auto()
    # Yes or no, about what the question begins with.
    DECISION = auto()
    # Two things, of which each is to be told: a difference, or a comparison of numbers.
    BOTH = auto()


@dataclass(frozen=True, slots=True)
class AskedFor:
    kind: QuestionKind
    # What is to be defined, or the two that are compared; folded.
    subjects: tuple[str, ...] = ()


# A longer question is a pasted text.
MAX_CHARS = 300
# All patterns are for folded text: small letters, simplified characters. A subject has an end in
# every pattern, and no punctuation, so that none is read twice.
SUBJECT = r"([^,;:?!，。；：？！]{1,80}?)"
SHORT_SUBJECT = r"([^,;:?!，。；：？！]{1,20}?)"
END = r"[\s?？!！。.]*$"

# "The longest bridge" is not defined, but named.
SUPERLATIVE = r"(?:most|least|first|last|only|[a-z]{2,20}est)\b"

DEFINITIONS = [
    re.compile(
        rf"^(?:what(?: is| are| was| were)|who(?: is| are| was| were)|define|explain) "
        r"(?:an? |the )?"
        rf"(?!(?:difference|advantage|step|name|number)s? |(?:the )?{SUPERLATIVE}){SUBJECT}{END}"
    ),
    re.compile(
        r"\b(?:explain|tell me|know|understand|wonder)(?: to me)? (?:what|who) (?:an? |the )?"
        rf"{SUBJECT} (?:is|are|was|were|means?){END}"
    ),
    re.compile(rf"^tell me (?:more |something )?about (?:an? |the )?{SUBJECT}{END}"),
    re.compile(rf"^请?(?:你|给我|帮我)?(?:介绍|说说|讲讲|谈谈)(?:一下|下)?{SUBJECT}{END}"),
    re.compile(
        rf"^(?:这里|文[档件]|资料|[你您])?[里中]?有没有(?:关于|讲到?|提到?|介绍){SUBJECT}"
        rf"(?:的(?:内容|资料|信息|介绍|说明|文章|文档)?)?{END}"
    ),
    re.compile(
        rf"^(?:有?关于|对于?){SUBJECT}[,，]?(?:你们?|您)?(?:都)?(?:知道|了解|有)(?:些|点)?"
        rf"(?:什么|哪些|啥|多少)(?:内容|资料|信息|介绍)?{END}"
    ),
    re.compile(rf"^what do(?:es)? (?:an? |the )?{SUBJECT} (?:mean|stand for){END}"),
    re.compile(rf"^what is (?:the )?(?:meaning|definition) of (?:an? |the )?{SUBJECT}{END}"),
    re.compile(
        rf"^(?:请问|请解释(?:一下)?|解释(?:一下)?)?(?:什么是|何谓|什么叫做?|谁是){SUBJECT}{END}"
    ),
    re.compile(
        rf"^(?:请问)?{SUBJECT}(?:到底|究竟)?(?:是?(?:什么|啥)意思|是什么(?:东西)?|是啥|(?:代表|表示|意味着)(?:的是)?(?:什么|啥)|指(?:的是)?什么|的定义(?:是什么)?"
        rf"|是谁|是指什么|是何物){END}"
    ),
]
STEPS = re.compile(
    r"\bhow (?:(?:do|can|should|could|would|must|to|may|might)\b(?: (?:i|you|we|one|people)\b)?"
    r"|\w{1,20} (?:install|set|make|start|run|use)\b)"
    r"|\bsteps (?:to|for|of|in)\b|\b(?:what|which) steps\b"
    r"|\binstructions\b|\bprocedure\b|(?:怎么|怎样|如何|咋)(?!样|回事|得名|来的|形成)|步骤|流程|操作方法"
)
# "How does it work?" asks for an explanation; "how do birds fly" as well.
LIST = re.compile(
    r"^(?:please )?(?:list|name|enumerate|give me (?:all|a list))\b"
    r"|\b(?:which|what)(?! (?:do|does|did|is|was)\b)(?: \w{1,30}){0,2} \w{2,30}(?<!s)s "
    r"(?:are|do|can|does|exist|have|were|did|should|belong)\b"
    r"|\b(?:which|what) are (?:the|all|some)\b(?! (?:difference|name|number))"
    r"|\bhow many (?:kinds|types|sorts|forms|varieties|categories)\b"
    r"|\b(?:what|which) (?:kinds|types|sorts|forms|varieties|options|sizes|colou?rs)\b|\blist of\b"
    r"|哪些|哪几|哪[二两三四五六七八九十]|列出|列举|分别(?:是|叫|有|指|为)|包括什么|都[有是叫](?:什么|谁|啥)|[有分]几[种类]"
    r"|(?:需要|要|用|带|准备)(?:准备|带)?(?:些|点)?(?:什么|啥)(?=工具|材料|东西|原料|条件|手续|资料|证件|设备)"
    r"|有什么(?=种类|类型|选项|功能|成分|$|[?？])|分[为成](?:几|哪|什么)"
)
AND, OR = (
    r"(?:and|or|&|versus|vs\.?|from|with|to|than)",
    r"(?:和|与|跟|同|及|以及|还是|或者?|、|对比)",
)
DIFFERENCES = [
    re.compile(
        rf"\b(?:diff|differen\w+|distin\w+|compar\w+|contrast|choose|decide) between "
        rf"(?:an? |the )?{SUBJECT} {AND} (?:an? |the )?{SUBJECT}{END}"
    ),
    re.compile(
        rf"^how (?:do|does|is|are) (?:an? |the )?{SUBJECT} (?:differ(?:ent)?|compare[ds]?) "
        rf"(?:from|with|to) (?:an? |the )?{SUBJECT}{END}"
    ),
    re.compile(rf"^how do (?:the )?{SUBJECT} and (?:the )?{SUBJECT} (?:differ|compare){END}"),
    re.compile(rf"\bcompare (?:an? |the )?{SUBJECT} {AND} (?:an? |the )?{SUBJECT}{END}"),
    re.compile(rf"^(?:an? |the )?{SUBJECT} (?:vs\.?|versus) (?:an? |the )?{SUBJECT}{END}"),
    re.compile(
        rf"^(?:请问|请)?(?:比较|区分|对比)?(?:一下)?{SUBJECT}{OR}{SUBJECT}(?:之间|两者)?(?:到底)?(?:有|的|是)?"
        rf"(?:什么|何|哪些|啥)?(?:本质|主要)?(?:区别|不同|差别|差异|分别|异同|不一样|两样).{{0,10}}$"
    ),
    re.compile(rf"^(?:请|请问)?(?:比较|区分|对比)(?:一下)?{SUBJECT}{OR}{SUBJECT}{END}"),
    # To tell whether something is gold or silver is to tell these apart.
    re.compile(
        r"\b(?:tell|know|see|check|recogni[sz]e|find out) (?:whether|if) [^,;:?!]{1,80}? "
        rf"(?:is|are|was|were) (?:an? |the )?{SUBJECT} or (?:an? |the )?{SUBJECT}{END}"
    ),
    re.compile(
        rf"\b(?:distinguish|tell(?! me\b| us\b)) (?:an? |the )?{SUBJECT} from "
        rf"(?:an? |the )?{SUBJECT}{END}"
    ),
    re.compile(
        rf"\btell(?! me\b| us\b) (?:an? |the )?{SUBJECT} and (?:an? |the )?{SUBJECT} apart{END}"
    ),
    re.compile(
        r"(?:区分|分辨|辨别|判断|鉴别|看出|知道)[^,;:?!，。；：？！]{0,20}?是"
        rf"{SHORT_SUBJECT}还是{SHORT_SUBJECT}{END}"
    ),
    re.compile(
        rf"(?:怎么|怎样|如何)(?:区分|区别|分辨|辨别|鉴别){SHORT_SUBJECT}{OR}{SHORT_SUBJECT}{END}"
    ),
]
COMPARISONS = [
    re.compile(
        rf"^(?:which|who|what)\b[^,:?]{{0,80}}?[,:] "
        rf"(?:an? |the )?{SUBJECT},? or (?:an? |the )?{SUBJECT}{END}"
    ),
    re.compile(
        rf"^(?:is|are|was|were|do|does|did|has|have|can) (?:an? |the )?{SUBJECT} "
        r"(?:(?:have|has|had|cost|weigh|need|use|contain|take|last|really|still|much|far) ){0,3}?"
        rf"(?:\w{{1,20}}er|more|less|fewer|as \w{{1,20}})"
        rf"(?: \w{{1,20}}){{0,3}}? (?:than|as) (?:an? |the )?{SUBJECT}{END}"
    ),
    re.compile(
        rf"^(?:请问)?{SUBJECT}{OR}{SUBJECT}(?:相比)?[,，]?(?:哪一?[个种座条本者家]?|谁|何者)(?:更|比较|最|要)?.{{1,12}}$"
    ),
    re.compile(
        rf"^(?:请问)?{SUBJECT}比{SUBJECT}(?:更|还|要)?[高低大小多少长短重轻早晚贵快慢远近深浅老新热冷].{{0,8}}$"
    ),
    re.compile(
        rf"^(?:哪一?[个种座条本者]|谁)(?:更|比较|要)?.{{1,8}}?[,，:：]{SUBJECT}{OR}{SUBJECT}{END}"
    ),
]
# What is asked about is the beginning of the rest: "is black tea oxidised", "白茶是发酵茶吗".
DECISIONS = [
    re.compile(
        r"^(?:is|are|was|were|do|does|did|can|could|has|have|had|may|must|will|should) "
        rf"(?:an? |the )?([^,;:?!]{{3,80}}?){END}"
    ),
    re.compile(
        r"^(?:请问)?([^,;:?!，。；：？！]{1,20}?)(?:是不是|算不算|能不能|可不可以|有没有|是|算|属于|有|能|会|可以)"
        r"[^，。；：？！?!]{1,40}[吗嘛么]?[\s?？!！。]*$"
    ),
]
# "How is white tea made?"
PASSIVE = re.compile(
    rf"^how (?:is|are|was|were) (?:an? |the )?{SUBJECT} \w{{1,20}}(?:ed|en|[de]n|de|[^n]t){END}"
)
YES_OR_NO = re.compile(r"[吗嘛][\s?？!！。]*$|是不是|算不算|能不能|可不可以|有没有")
# What a subject of a Chinese question is a part of.
PART_OF = re.compile(r"^.{1,20}?(?:里面|里|中)的(?=.{2})")
QUOTES = " \"'“”‘’「」『』《》"
# What does not work is told rather than asked: "My kettle won't turn on", "水壶烧不开".
NOT_ASKED = re.compile(
    r"^(?:what(?! if| to do)|which|who|whose|when|where|how|is|are|was|were|do|does|did|can|could"
    r")\b"
    r"|哪|谁|多少|多[久长大高远重]|几|什么时候|吗"
)
TROUBLE = re.compile(
    r"\b(?:not|cannot|never|no longer|fails?|failed|failing|leaks?|leaking|stuck|broken"
    r"|crash\w{0,3})\b"
    r"|n['’]t\b|[不没]|无法|失败|故障|失灵|漏|坏"
)
# "What are Tom's tasks?"
POSSESSED = re.compile(r"^\s*what are [\w ]{1,30}?['’]s? \w", re.IGNORECASE)
WHY = re.compile(r"^why\b|为什么|为何|为啥|怎么")
SHORTENED = re.compile(r"\b(what|who)['’]?s\b", re.IGNORECASE)


def is_question(heading: str) -> bool:
    """Whether a heading is a question, as in a list of those that are asked often."""
    return heading.rstrip().endswith(("?", "？"))


def _alone(subject: str) -> str:
    """Without quotation marks, and without what it is a part of: of "六书里的“会意”", 会意."""
    return PART_OF.sub("", subject.strip(), count=1).strip(QUOTES) or subject.strip()


def tells_trouble(text: str) -> bool:
    """Whether a question or a heading says that something does not work."""
    folded = fold(text)[:MAX_CHARS]
    return TROUBLE.search(folded) is not None and NOT_ASKED.search(folded) is None


def kind_of(question: str) -> AskedFor:
    folded = " ".join(fold(SHORTENED.sub(r"\1 is", question)).split())
    if len(folded) > MAX_CHARS:
        return AskedFor(QuestionKind.FACT)
    for pattern in (*DIFFERENCES, *COMPARISONS):
        if found := pattern.search(folded):
            return AskedFor(QuestionKind.BOTH, (found[1].strip(), found[2].strip()))
    if LIST.search(folded) or POSSESSED.match(question):
        return AskedFor(QuestionKind.LIST)
    for pattern in DEFINITIONS:
        if found := pattern.search(folded):
            return AskedFor(QuestionKind.DEFINITION, (_alone(found[1]),))
    if STEPS.search(folded):
        return AskedFor(QuestionKind.STEPS)
    if found := PASSIVE.search(folded):
        return AskedFor(QuestionKind.FACT, (found[1],))
    if tells_trouble(question) and not WHY.search(folded):
        return AskedFor(QuestionKind.STEPS)
    english, chinese = DECISIONS
    decided = english.search(folded) or (YES_OR_NO.search(folded) and chinese.search(folded))
    return (
        AskedFor(QuestionKind.DECISION, (decided[1],)) if decided else AskedFor(QuestionKind.FACT)
    )
