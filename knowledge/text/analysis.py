"""Analyses text into the terms of the index: stems of words, pairs of Chinese characters."""

import re
import threading
import unicodedata
from functools import lru_cache

import snowballstemmer

from knowledge.text.chinese_variants import SIMPLIFIED

# Without the marks between them ("レオナルド・ダ・ヴィンチ"), which are part of no word.
KANA = r"\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufa6d\ufa70-\ufad9"
CJK = rf"{KANA}{HAN}\uac00-\ud7a3"
# A run of Chinese characters (kana, hangul), or a word of any other script.
TOKEN = re.compile(rf"[{CJK}]+|(?:(?![{CJK}])[^\W_])+")
ASCII_TOKEN = re.compile(r"[a-z0-9]+")
IS_CJK = re.compile(rf"[{CJK}]")
CJK_RUN = re.compile(rf"[{CJK}]+")
# The name of a setting ("MAX_FILE_BYTES") is one word.
WORD = re.compile(r"\w+")
# A number with its unit ("3月") is a term besides the bare "3", which too many texts have.
NUMBER_WITH_UNIT = re.compile(rf"(?<!\d)\d++[{CJK}]")
ACCENTS = re.compile(r"[\u0300-\u036f]")
POSSESSIVE = re.compile(r"['’]s\b")

# Characters by which the script of a text is told.
MAX_SAMPLE = 300

# Words that ask but name nothing. They are removed from questions, never from texts.
STOP_WORDS = (
    "a an the and or but if not no of in on at by for to with from into as about than then there "
    "is are was were be been am do does did done doing has have had having can could shall should "
    "will would may might must i me my you your we us our it its this that these those such they "
    "their he she his her him them what who whom whose which when where why how s t d ll m re ve "
    "tell please list give show overview summary summarize explain define describe all any some "
    "difference differ versus vs something anything everything someone anyone somebody anybody"
)
# The same in (simplified) Chinese, which has no spaces between words: some depend on the characters
# around them.
STOP_PHRASES = re.compile(
    "什么时候|有啥(?=用|好处)|(?:什么|啥)意思|(?:代表|表示|意味着)(?=什么|啥)|什么|甚么|怎么(?:样|办|回事)?|怎样|咋(?:样|办|回事)?|为什么|为何|为啥|如何"
    "|是不是|能不能|会不会|要不要|可不可以|有没有(?:关于|關於|提到|讲到)?|是否"
    "|^(?:有?关于|对于)|[你您](?:都)?(?:知道|了解)(?:些|点)?(?=什么|哪些|啥|多少)"
    "|的(?:内容|內容|资料|資料|信息)(?=[？?。\\s]|$)"
    "|多久|多长时间|(?:最多|至少|一共|总共|一般)?(?:可以|需要|应该|能够)|想(?:问|知道)(?:一下)?"
    "|多[大长高远久重深宽快厚](?=[的呢啊呀才会能可要？?，,。\\s]|$)"
    "|(?:一共|总共|共)?有(?:多少个?|几个?|哪些?|什么)"
    "|(?<![主重需必摘简纪概首])要(?![求点素塞领紧])|(?<=不)会(?![议员])"
    "|哪[一个些里儿位]?|谁|多少个?|几个|几(?![乎何])|(?<!任)何"
    "|有?(?:什么|啥)?不一样|区别|差别|列出|列举|介绍一下|解释一下|总结(?:一下)?|概述(?:一下)?|概括(?:一下)?"
    "|主要讲|主要内容|讲了|这[篇份个](?:文章|文件|文档|资料)|请问|告诉我|讲讲|说说"
    "|吗|呢|了(?!解)|(?<!目)的(?!确)|是|(?<![现存])在(?!线)"
)


# "It doesn't", "I can't": the words of which they are made name nothing, either.
CONTRACTED = re.compile(
    r"\b(?:do|does|did|is|are|was|were|has|have|had|ca|could|wo|would|should|must|need)n['’]t\b"
)


def index_terms(text: str) -> str:
    """The terms of a text, separated by spaces, as the index stores them."""
    return " ".join(text_terms(text))


def text_terms(text: str) -> list[str]:
    """All terms that a question may have; of Chinese, each character as well as each pair."""
    return _terms(fold(text), singles=True)


def query_terms(question: str) -> list[str]:
    """The terms to search for, each once; stop words only if there are no others."""
    folded = fold(question)
    return list(dict.fromkeys(_search_terms(folded) or _terms(folded)))


def is_mostly_cjk(text: str) -> bool:
    """Whether most of its words are Chinese, Japanese or Korean, counting each character as one."""
    sample = text[:MAX_SAMPLE]
    # Most texts are decided by this, which takes no time.
    if sample.isascii():
        return False
    rest, runs = CJK_RUN.subn(" ", sample)
    characters = len(sample) - len(rest) + runs
    return characters > len(WORD.findall(rest))


def naming_terms(question: str) -> list[str]:
    """The terms to search for, each once, without stop words: empty if it names nothing."""
    return list(dict.fromkeys(_search_terms(fold(question))))


def has_search_terms(question: str) -> bool:
    """Whether it has other terms than stop words, unlike "and where is that?"."""
    return bool(_search_terms(fold(question)))


def _search_terms(folded: str) -> list[str]:
    named = STOP_PHRASES.sub(" ", CONTRACTED.sub(" ", folded))
    return [term for term in _terms(named) if term not in STOP_STEMS]


def fold(text: str) -> str:
    """One spelling for width, case, accents, traditional and simplified characters."""
    if text.isascii():
        text = text.lower()
    else:
        text = unicodedata.normalize("NFKC", text).translate(SIMPLIFIED).casefold()
        text = ACCENTS.sub("", unicodedata.normalize("NFD", text))
        text = unicodedata.normalize("NFC", text)
    return POSSESSIVE.sub("", text)


def _terms(folded: str, *, singles: bool = False) -> list[str]:
    if folded.isascii():
        return [*map(stem, ASCII_TOKEN.findall(folded))]
    found: list[str] = NUMBER_WITH_UNIT.findall(folded)
    for token in TOKEN.findall(folded):
        if not IS_CJK.match(token):
            found.append(stem(token))
            continue
        found += (token[i : i + 2] for i in range(len(token) - 1))
        if singles or len(token) == 1:
            found += token
    return found


_stemmer = snowballstemmer.stemmer("porter")
# The stemmer stores the word it works on in itself.
_stemmer_lock = threading.Lock()


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    with _stemmer_lock:
        # The stem of a lone "s" is empty.
        return str(_stemmer.stemWord(word)) or word


STOP_STEMS = frozenset(map(stem, STOP_WORDS.split()))
