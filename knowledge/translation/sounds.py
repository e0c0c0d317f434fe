"""How foreign names are spelled in Chinese: by characters that sound like them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

# The characters that foreign names are spelled with, by their sound.
CHARACTERS = """
    a阿亚 ai艾埃爱 an安 ang昂 ao奥澳 ba巴芭 bai拜百 ban班 bang邦 bao保鲍堡 bei贝北 ben本
    bi比彼毕 bian边 bie别 bin宾滨 bo波伯博柏勃玻 bu布 cha查 che彻 chen琛 chi奇 ci茨 cun村 da达大
    dai代戴黛 dan丹但 dang当 dao道 de德得 deng登邓 di迪蒂狄地 dian典 ding丁 dong东 dou杜
    du杜都度 dun顿敦 duo多 e厄俄鄂 ei埃 en恩 er尔耳儿 fa法 fan凡范梵 fang方 fei菲费非 fen芬
    feng冯丰 fo佛 fu夫弗福 富伏 ga加噶 gai盖 gan甘 gang冈 gao高 ge格戈哥葛 gen根 gong贡 gu古
    gua瓜 guan关 gui圭 guo果 ha哈 hai海亥 han汉罕 hang杭 hao豪 he赫荷 hei黑 heng亨 hong洪 hou侯
    hu胡呼 hua华 hui惠 huo霍 ji吉基季 jia加贾嘉 jian简坚 jiang江 jiao焦 jie杰捷 jin金津 jing京
    ka卡喀 kai凯 kan坎 kang康 kao考 ke克科 柯可 ken肯 keng肯 kong孔 kou寇 ku库 kui奎 kun昆
    la拉腊 lai莱赖来 lan兰 lang朗 lao劳 le勒乐 lei雷蕾 leng楞 li里利莉丽黎理立 lian连莲 liang良
    lie列烈 lin林琳 ling灵 liu刘柳 long隆龙 lou娄 lu鲁卢路 lv吕 lun伦 luo罗洛 ma马玛 mai麦迈
    man曼 mang芒 mao毛 mei梅美 men门 meng蒙孟 mi米密 mian缅 ming明 miu缪 mo莫摩默墨 mu姆穆木慕
    na纳娜那 nai奈 nan南楠 nao瑙 nei内 neng能 ni尼妮 nian年 nie涅 ning宁 niu纽牛 nu努 nuo诺 ou欧
    pa帕 pai派 pan潘 pang庞 pei佩 pen彭 peng彭 pi皮 pin平 po波坡珀 pu普浦蒲 qi奇契齐 qia恰
    qiao乔 qie切 qin钦 qing青 qiong琼 qiu丘 re热 ren仁 ri日 rong荣 rui瑞 ruo若 sa萨 撒 sai塞赛
    san桑 sang桑 se色瑟塞 sen森 sha沙莎夏 shan尚珊 shang尚 shao肖 she舍谢 shen申 sheng生 圣
    shi什史士施希 shu舒 shun顺 si斯思司丝 song松宋 su苏 suo索所 sun孙 ta塔他 tai泰台 tan坦
    tang汤 唐 tao陶 te特 teng腾 ti提蒂 tie铁 ting廷汀 tong通 tou图 tu图土 tun屯 tuo托陀 wa瓦娃
    wan万 wang旺 wei维威韦魏卫 wen文温 weng翁 wo沃 wu乌伍 xi西希锡 xia夏 xian仙 xiang香 xiao肖
    xie谢歇 xin辛欣 xing兴 xiong匈 xiu休修 xu许 xue雪薛 xun逊 ya亚雅娅 yan扬延 yang扬 yao姚
    ye耶叶 yi伊易 yin因英印 ying英 you尤 yu于尤裕 yue约 yun云 za扎 zai宰 zan赞 ze泽 zha扎 zhai翟
    zhan詹 zhao肇 zhe哲 zhen珍 zhi芝 治 zhong中 zhu朱 zhuo卓 zhuang庄 zi兹子 zong宗 zu祖 zuo佐
"""

# Of each way to write a consonant, how it may begin in Chinese, the usual first; "": a vowel alone.
INITIALS = {
    "b": "b p",
    "p": "p b",
    "d": "d t",
    "t": "t d",
    "th": "s t d x",
    "k": "k g j h",
    "g": "g j k",
    "j": "j y zh q r",
    "ch": "q ch k j h sh",
    "s": "s x sh z",
    "sh": "sh x s",
    "z": "z s c j zh",
    "ts": "c q z s",
    "f": "f",
    "v": "w f b",
    "w": "w h",
    "h": "h x",
    "l": "l",
    "r": "l r",
    "m": "m",
    "n": "n",
    "y": "y",
    "": ". y w",
}
# Of each vowel, how it may be heard, alone and before "n" or "m"; "": a consonant alone.
FINALS = {
    "a": "a ai ia ua e ao ei",
    "e": "e i ei ie ai a o er ue",
    "i": "i ai ie e ei",
    "o": "o uo u ou ao e ue",
    "u": "u a iu ou ue v ui",
    "y": "i ai ie",
    "": "u e i er o",
}
NASAL_FINALS = {
    "a": "an ang ian iang uan en",
    "e": "en eng an in un ian",
    "i": "in ing ian en",
    "o": "ong eng ang un en uan an",
    "u": "un an ong en iong",
    "y": "in ian ing",
    "": "",
}
# What is written in several ways.
SPELLINGS = tuple(
    (re.compile(pattern), spelled)
    for pattern, spelled in (
        (r"([a-z])\1+", r"\1"),
        (r"^(?:kn|gn|pn)", "n"),
        (r"^wr|^rh", "r"),
        (r"^mc", "mak"),
        (r"^wh", "w"),
        (r"^ps", "s"),
        (r"^x", "z"),
        (r"igh", "i"),
        (r"gh(?![aeiou])|(?<=[aeo])h(?![aeiou])", ""),
        (r"gu(?=[ei])", "g"),
        (r"ph", "f"),
        (r"t?sch", "sh"),
        (r"([bdgjk])h", r"\1"),
        (r"tch", "ch"),
        (r"ck|qu?|c(?![eiyh])", "k"),
        (r"c(?=[eiy])", "s"),
        (r"x", "ks"),
        (r"tz", "ts"),
        (r"dg", "j"),
        (r"ng(?![aeiou])", "n"),
        (r"(?<=[a-z]{2})e$", ""),
    )
)
# A consonant with its vowel, and what comes next if it changes how that is heard.
PART = re.compile(r"(th|ch|sh|ts|[bcdfghjklmnpqrstvwxz]|y(?=[aeiou]))?([aeiouy]?)(?=([nm])?)")
# Letters that may be heard or not, where no vowel follows.
QUIET = frozenset("rhtdlnm")
# Characters for consonants alone, besides those that begin with them.
ALONE = {"l": "尔", "r": "尔", "n": "恩", "m": "恩"}
SYLLABLE = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?([a-z]+)")
MAX_LETTERS = 16
# Characters for one part of a name, and ways to spell it.
MAX_CHARACTERS, MAX_SPELLINGS, MAX_STEPS = 16, 6, 300
# How far apart two parts may be, if those between are quiet.
MAX_STEP = 3
# What is a smaller share of a name may be part of any.
MIN_SHARE = 0.6


def _characters_by_sound() -> dict[tuple[str, str], str]:
    """By the beginning of a syllable ("." if it has none) and the rest."""
    found: dict[tuple[str, str], str] = {}
    for entry in CHARACTERS.split():
        letters = sum(map(str.isascii, entry))
        if parts := SYLLABLE.fullmatch(entry[:letters]):
            found[parts[1] or ".", parts[2]] = entry[letters:]
    return found


_BY_SOUND = _characters_by_sound()


@dataclass(frozen=True, slots=True)
class Part:
    """Of a name: the characters that sound like it, the most similar first."""

    characters: Sequence[str]
    # It may be left out.
    is_quiet: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A pair of characters: the numbers of their parts."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Spelling:
    characters: str
    # The share of the name that it spells.
    share: float


# Each takes about 150 kB.
@lru_cache(maxsize=32)
def pairs_of(name: str) -> Mapping[str, Sequence[Step]]:
    """All pairs of characters that a name, in lower case, may be spelled with."""
    found: dict[str, list[Step]] = {}
    parts = _parts(name)
    for start, part in enumerate(parts):
        for end in range(start + 1, min(start + MAX_STEP, len(parts) - 1) + 1):
            for first, second in product(part.characters, parts[end].characters):
                found.setdefault(first + second, []).append(Step(start, end))
            if not parts[end].is_quiet:
                break
    return found


def spellings(name: str, present: Collection[str]) -> list[Spelling]:
    """Those of `present`, which are some of its pairs, the longest first."""
    following: dict[tuple[int, str], list[tuple[int, str]]] = {}
    for pair in sorted(present):
        for step in pairs_of(name)[pair]:
            following.setdefault((step.start, pair[0]), []).append((step.end, pair[1]))
    spoken = [number for number, part in enumerate(_parts(name)) if not part.is_quiet]
    second = next((number for number in spoken if number), 0)
    left = [(place, place[1]) for place in following if place[0] <= second]
    found: dict[str, float] = {}
    for _ in range(MAX_STEPS):
        if not left:
            break
        place, word = left.pop()
        left += [(after, word + after[1]) for after in following.get(place, ())]
        share = min(1.0, len(word) / max(2, len(spoken)))
        if len(word) > 1 and share >= MIN_SHARE:
            found[word] = share
    best = sorted(found, key=lambda word: (-found[word], -len(word)))
    return [Spelling(word, found[word]) for word in best[:MAX_SPELLINGS]]


@lru_cache(maxsize=100)
def _parts(name: str) -> Sequence[Part]:
    name = name[:MAX_LETTERS]
    for pattern, spelled in SPELLINGS:
        name = pattern.sub(spelled, name)
    found: list[Part] = []
    before = ""
    for consonant, vowel, nasal in PART.findall(name):
        if consonant or vowel:
            is_quiet = (not vowel and consonant in QUIET) or bool(not consonant and before)
            found.append(Part(_sounding(consonant, vowel, nasal), is_quiet and bool(found)))
        before = vowel
    return found


@lru_cache(maxsize=1_000)
def _sounding(consonant: str, vowel: str, nasal: str) -> Sequence[str]:
    """The characters, the most similar first."""
    finals = [*(NASAL_FINALS[vowel].split() if nasal else ()), *FINALS[vowel].split()]
    costs: dict[str, float] = dict.fromkeys("" if vowel else ALONE.get(consonant, ""), 0)
    for place, initial in enumerate(INITIALS[consonant].split()):
        for number, final in enumerate(finals):
            for character in _BY_SOUND.get((initial, final), ""):
                cost = 2 * place + number
                costs[character] = min(cost, costs.get(character, cost))
    return sorted(costs, key=costs.__getitem__)[:MAX_CHARACTERS]
