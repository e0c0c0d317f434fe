"""Which sentences, lists and steps answer a question of each kind."""

import pytest

from chat.engines.base import Passage
from chat.engines.extractive.sentence_selection import select

TEA_IN_WHITE = Passage("Black tea is sold in a white tin. Gold is dear.", "shop.md", "Shop")
TEA = Passage(
    "People drink tea all over the world. In China tea is older than paper. Tea is a drink made "
    "of the leaves of one plant. Green tea is heated soon after picking, so that it stays green. "
    "Black tea is fully oxidised before it is dried.",
    "tea.md",
    "Tea",
)
GUIDE = Passage(
    """You need Python 3.10 or newer. Install it with pip:

```sh
python -m venv .venv
.venv/bin/pip install lumen
```

Then make the configuration:

```sh
lumen init
```

You are done. Nothing else is needed. Read on if you like to know how it works inside.

It keeps all pictures in folders.

```json
{"title": "Inside"}
```""",
    "guide.md",
    "Lumen › Installing",
)
CLAIMS = Passage(
    "It is paid within a week:\n\n1. Open the portal.\n2. Enter the amounts, e.g. 12.50 EUR.\n"
    "3. Press *Submit*.\n\nLater claims are not paid.",
    "travel.md",
    "Travel › Claiming expenses",
)
FORMATS = Passage(
    "Lumen reads these formats:\n\n- JPEG, with EXIF data\n- PNG\n- WebP\n\n"
    "Raw files are not read.",
    "guide.md",
    "Lumen › Formats",
)
LIMITS = Passage(
    "| Item | Limit per day | Receipt |\n|---|---|---|\n| Hotel | 150 EUR | yes |\n"
    "| Meals | 45 EUR | no |\n| Taxi | 60 EUR | yes |",
    "travel.md",
    "Travel › Limits",
)
LIGHTHOUSE = Passage(
    "青石燈塔建於1921年。它是島上最古老的燈塔。每年夏天有許多遊客來此登高望遠。",
    "島嶼.md",
    "島嶼 › 名勝",
)
BRIDGES = Passage("The Old Bridge is 37 metres long.", "old.md", "Old Bridge")
LONGER = Passage("The New Bridge has a length of 520 metres.", "new.md", "New Bridge")
COFFEE = Passage(
    "世界上主要有两种咖啡豆：阿拉比卡和罗布斯塔。阿拉比卡香气细腻，咖啡因含量约为1.2%。"
    "罗布斯塔味道较苦，咖啡因含量约为2.2%。咖啡是用烘焙过的豆子冲泡的饮料。",
    "咖啡.txt",
    "咖啡小知识",
)
OFFICE = Passage(
    "遠距辦公是指員工在公司以外的地點工作。試用期員工不可以遠距辦公。公司提供以下設備：\n\n"
    "- 筆記型電腦\n- 螢幕\n\n申請步驟：\n\n1. 登入系統。\n2. 填寫申請單。\n3. 等待主管同意。",
    "手冊.md",
    "員工手冊 › 遠距辦公",
)
KINDS = Passage(
    "Tea makers say that the four kinds of tea are four answers. White tea is only withered and "
    "dried. Green, white, oolong and black tea differ in what is done to the leaf.\n\nThe tea "
    "plant has two main varieties. One has small leaves. The other one grows high.",
    "tea.md",
    "Tea",
)
CHINESE_KINDS = Passage(
    "菊花里面没有茶叶，严格说来不算茶。茶分为三大类：绿茶、红茶和黑茶。", "茶.md", "茶"
)
PROBES = Passage(
    "The first landed in 2019. The second brought back soil.", "moon.md", "The Moon › Probes"
)
PRICES = Passage(
    "| Article | Price |\n|---|---|\n| Office chair Lena | 219 EUR |\n| Oak desk | 399 EUR |\n"
    "| Office chair Max | 289 EUR |",
    "prices.md",
)
RETURNS = Passage(
    "Print the label. Drop the parcel at a post office.",
    "faq.md",
    "FAQ › How do I return something?",
)
STEERING = Passage(
    "A rider first steers a little to the left. It is called countersteering. Then it turns.",
    "bicycles.md",
    "Bicycles › Steering",
)
LINEAR = Passage(
    "Linear B was deciphered in 1952. Its older sister, Linear A, can still not be understood.",
    "writing.md",
    "Writing › Linear B",
)
INSTALLING = """You need Python 3.10 or newer. Install it with pip:

```sh
python -m venv .venv
.venv/bin/pip install lumen
```

Then make the configuration:

```sh
lumen init
```

You are done. Nothing else is needed."""


@pytest.mark.parametrize(
    ("question", "passage", "quoted"),
    [
        # Definitions.
        ("What is tea?", TEA, "Tea is a drink made of the leaves of one plant."),
        ("What's tea", TEA, "Tea is a drink made of the leaves of one plant."),
        ("咖啡是什么？", COFFEE, "咖啡是用烘焙过的豆子冲泡的饮料。"),
        ("什么是咖啡？", COFFEE, "咖啡是用烘焙过的豆子冲泡的饮料。"),
        ("什麼是遠距辦公？", OFFICE, "遠距辦公是指員工在公司以外的地點工作。"),
        # Steps.
        ("How do I install Lumen?", GUIDE, INSTALLING),
        (
            "How do I claim expenses?",
            CLAIMS,
            (
                "It is paid within a week:\n\n1. Open the portal.\n"
                "2. Enter the amounts, e.g. 12.50 EUR.\n3. Press *Submit*."
            ),
        ),
        (
            "怎樣申請遠距辦公？",
            OFFICE,
            "申請步驟：\n\n1. 登入系統。\n2. 填寫申請單。\n3. 等待主管同意。",
        ),
        # Lists.
        (
            "Which formats does Lumen read?",
            FORMATS,
            "Lumen reads these formats:\n\n- JPEG, with EXIF data\n- PNG\n- WebP",
        ),
        ("公司提供哪些設備？", OFFICE, "公司提供以下設備：\n\n- 筆記型電腦\n- 螢幕"),
        (
            "List all limits",
            LIMITS,
            (
                "- Hotel: limit per day 150 EUR, receipt yes\n"
                "- Meals: limit per day 45 EUR, receipt no\n"
                "- Taxi: limit per day 60 EUR, receipt yes"
            ),
        ),
        # Yes or no.
        ("Are raw files read?", FORMATS, "Raw files are not read."),
        ("試用期可以遠距辦公嗎？", OFFICE, "試用期員工不可以遠距辦公。"),
        # Lists in sentences: one that enumerates, or announces, or a section of this heading.
        (
            "What kinds of tea are there?",
            KINDS,
            "Green, white, oolong and black tea differ in what is done to the leaf.",
        ),
        (
            "What are the varieties of the tea plant?",
            KINDS,
            "The tea plant has two main varieties. One has small leaves. The other one grows high.",
        ),
        ("有几种茶？", CHINESE_KINDS, "茶分为三大类：绿茶、红茶和黑茶。"),
        (
            "What results did the probes have?",
            PROBES,
            "The first landed in 2019. The second brought back soil.",
        ),
        # Of a table, only the rows that are asked for.
        (
            "Which office chairs are there?",
            PRICES,
            "- Office chair Lena: price 219 EUR\n- Office chair Max: price 289 EUR",
        ),
        # Steps told in sentences, under a heading that says so.
        (
            "How do I return something?",
            RETURNS,
            "Print the label. Drop the parcel at a post office.",
        ),
        ("How is white tea made?", KINDS, "White tea is only withered and dried."),
        # A definition that needs the sentence before it.
        (
            "What is countersteering?",
            STEERING,
            "A rider first steers a little to the left. It is called countersteering.",
        ),
        # The sentence before says which one it is.
        ("島上最古老的燈塔是哪一座？", LIGHTHOUSE, "青石燈塔建於1921年。它是島上最古老的燈塔。"),
        ("岛上最古老的灯塔是哪一座？", LIGHTHOUSE, "青石燈塔建於1921年。它是島上最古老的燈塔。"),
        # A row.
        ("What is the limit for a hotel?", LIMITS, "Hotel: limit per day 150 EUR, receipt yes"),
    ],
)
def test_the_answer_comes_first(question: str, passage: Passage, quoted: str) -> None:
    assert select(question, [passage])[0].text == quoted


@pytest.mark.parametrize(
    ("question", "passages", "first", "second"),
    [
        ("What is the difference between green tea and black tea?", [TEA], "Green", "Black"),
        ("How does green tea differ from black tea?", [TEA], "Green", "Black"),
        ("green tea vs black tea", [TEA], "Green", "Black"),
        ("Which is longer, the Old Bridge or the New Bridge?", [BRIDGES, LONGER], "37", "520"),
        ("Is the Old Bridge longer than the New Bridge?", [BRIDGES, LONGER], "37", "520"),
        ("阿拉比卡和罗布斯塔有什么区别？", [COFFEE], "1.2%", "2.2%"),
        ("How do Linear A and Linear B differ?", [LINEAR], "Linear B", "Linear A"),
        ("阿拉比卡與羅布斯塔的差別是什麼？", [COFFEE], "1.2%", "2.2%"),
        ("阿拉比卡和罗布斯塔哪个咖啡因更高？", [COFFEE], "1.2%", "2.2%"),
        ("Which costs more, the hotel or the taxi?", [LIMITS], "150 EUR", "60 EUR"),
        ("How do you tell green tea from black tea?", [TEA], "Green", "Black"),
        ("How do I know whether it is green tea or black tea?", [TEA], "Green", "Black"),
        ("How can you tell green tea and black tea apart?", [TEA], "Green", "Black"),
        ("怎么判断这是阿拉比卡还是罗布斯塔？", [COFFEE], "1.2%", "2.2%"),
        ("如何分辨阿拉比卡和罗布斯塔？", [COFFEE], "1.2%", "2.2%"),
    ],
)
def test_of_two_things_one_sentence_each_is_quoted(
    question: str, passages: list[Passage], first: str, second: str
) -> None:
    quotes = select(question, passages)
    assert [first in quotes[0].text, second in quotes[1].text] == [True, True]
    assert len(quotes) == 2


@pytest.mark.parametrize(
    ("question", "text", "second"),
    [
        (
            "When did the pottery of Marlen win its first prize?",
            (
                "The pottery of Marlen is known for its first blue glazes. Visitors like the "
                "pottery. Many a prize was won by Marlen, the oldest in 1931. The clay is red."
            ),
            "Many a prize was won by Marlen, the oldest in 1931.",
        ),
        (
            "马伦陶艺坊哪一年获得第一个奖项？",
            "马伦陶艺坊以第一批蓝釉闻名。参观者都喜欢陶艺坊。1931年，马伦陶艺坊赢得了大奖。陶土是红色的。",
            "1931年，马伦陶艺坊赢得了大奖。",
        ),
    ],
)
def test_the_answer_may_be_in_the_second_sentence(question: str, text: str, second: str) -> None:
    quotes = select(question, [Passage(text, "marlen.md", "Marlen")])
    assert second in [quote.text for quote in quotes]
    assert len(quotes) == 2


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("How do I tell whether it is green tea or rooibos?", TEA),
        ("What is the difference between black tea and rooibos?", TEA),
        ("How do I tell whether it is white gold or black tea?", TEA_IN_WHITE),
        ("阿拉比卡和猫屎豆有什么区别？", COFFEE),
        ("怎么判断这是阿拉比卡还是猫屎豆？", COFFEE),
    ],
)
def test_nothing_tells_the_difference_from_what_is_nowhere(question: str, passage: Passage) -> None:
    assert select(question, [passage]) == []


def test_what_is_told_together_is_quoted_once() -> None:
    text = "启明和长庚都是金星：清晨叫启明，傍晚叫长庚。金星是最亮的行星。"
    passage = Passage(text, "星空.md", "星空 › 启明和长庚")
    [quote] = select("启明和长庚有什么不同？", [passage])
    assert quote.text == "启明和长庚都是金星：清晨叫启明，傍晚叫长庚。"


def test_a_sentence_with_a_clause_about_each_is_preferred_to_one_that_names_both() -> None:
    text = "桥分为悬索桥和斜拉桥。悬索桥用两根主缆吊起桥面；斜拉桥用许多钢索把桥面拉在塔上。"
    [quote] = select("悬索桥和斜拉桥有什么区别？", [Passage(text, "桥.md", "桥 › 种类")])
    assert quote.text.startswith("悬索桥用")


def test_of_two_things_the_section_that_asks_the_same_is_told() -> None:
    told = "云母摘出原句，不用模型；青瓷让模型组织语言。"
    same = Passage(told, "faq.md", "问答 › 云母和青瓷引擎有什么区别")
    text = "不一定。云母引擎不用模型，想换就改用青瓷引擎，而不是反过来。"
    other = Passage(text, "faq.md", "问答 › 模型")
    assert select("云母和青瓷引擎有什么区别？", [other, same])[0].text == told


def test_tools_that_are_needed_are_a_list() -> None:
    passages = [
        Passage("自行车是交通工具。这篇短文讲怎样补胎。", "自行车.md", "自行车"),
        Passage("补胎要准备撬棒、锉刀、胶水和补片。", "自行车.md", "自行车 › 怎样补胎"),
    ]
    assert "撬棒" in select("补胎需要什么工具？", passages)[0].text


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("造字法里的“会意”是啥意思？", "会意是把几个字合成新的意思。"),
        ("会意代表什么？", "会意是把几个字合成新的意思。"),
    ],
)
def test_a_part_of_something_is_defined_by_itself(question: str, told: str) -> None:
    text = f"造字法有六种，会意、象形和形声都是造字法。{told}"
    assert select(question, [Passage(text, "汉字.md", "汉字 › 造字法")])[0].text == told


def test_the_unit_that_is_asked_for_is_told_somewhere() -> None:
    passage = Passage("会议在上海办公室三号会议室。一层有食堂。", "纪要.md", "会议纪要")
    assert select("上海办公室在几楼？", [passage]) == []
    assert select("上海办公室的食堂在几层？", [passage])
    assert select("上海办公室多重？", [passage]) == []


def test_what_is_enumerated_is_named_beside_it() -> None:
    text = "天空分为紫微垣、太微垣、天市垣三垣。天区有四象：苍龙、玄武、白虎、朱雀，每象七宿。"
    passage = Passage(text, "星空.md", "星空 › 三垣四象")
    assert select("三垣是哪三垣？", [passage])[0].text.startswith("天空分为")


def test_a_unit_with_one_before_it_is_defined() -> None:
    text = "最亮的恒星距离我们8.6光年。一光年是光走一年的路程。"
    assert select("什么是光年？", [Passage(text, "星.md", "星空")])[0].text.startswith("一光年")


def test_of_two_things_the_sections_about_them_are_preferred() -> None:
    making = Passage("Green tea is heated soon after picking.", "tea.md", "Tea › Green tea")
    black = Passage("Black tea is fully oxidised.", "tea.md", "Tea › Black tea")
    water = Passage("Green tea is best with water of 80 degrees.", "tea.md", "Tea › Water")
    quotes = select(
        "What is the difference between green tea and black tea?", [water, black, making]
    )
    assert [quote.passage for quote in quotes] == [2, 1]


def test_headings_are_listed_if_they_are_what_is_asked_for() -> None:
    iron = Passage(
        "The first bridge of cast iron was built in 1779.", "a.md", "Bridges › Famous › Iron"
    )
    [quote] = select("Name some famous bridges", [iron], ["Iron Bridge", "Tower Bridge"])
    assert (quote.text, quote.passage) == ("- Iron Bridge\n- Tower Bridge", 0)


def test_a_list_under_the_first_of_the_headings_is_told_instead() -> None:
    text = "There are two kinds of bridges:\n\n- Beam bridges\n- Arch bridges"
    passage = Passage(text, "a.md", "Bridges › Kinds of bridges › Two kinds")
    [quote] = select(
        "What kinds of bridges are there?", [passage], ["Two kinds", "Others", "Stone"]
    )
    assert quote.text == text


def test_a_sentence_is_quoted_with_what_it_introduces() -> None:
    text = "Two commands of Lumen show it:\n\n```sh\nlumen build\nlumen serve\n```"
    [quote] = select("What shows Lumen?", [Passage(text, "a.md")])
    assert quote.text == text


def test_a_second_source_is_quoted_only_if_it_adds_something() -> None:
    same = Passage("The Old Bridge is 37 metres long, they say.", "more.md")
    more = Passage("The Old Bridge is so long that five piers carry it.", "more.md")
    question = "How long is the Old Bridge?"
    assert len(select(question, [BRIDGES, same])) == 1
    assert [quote.passage for quote in select(question, [BRIDGES, more])] == [0, 1]


def test_other_rows_of_a_table_are_no_second_answer() -> None:
    [quote] = select("What is the limit for a hotel?", [LIMITS])
    assert "Meals" not in quote.text


def test_the_best_sentence_of_the_best_passage_comes_first() -> None:
    passages = [
        Passage("Tea comes from China. Green tea wants water of 80 degrees.", "tea.md"),
        Passage("Coffee wants water of 93 degrees.", "coffee.md"),
    ]
    best, *_ = select("How hot should the water for green tea be?", passages)
    assert (best.text, best.passage) == ("Green tea wants water of 80 degrees.", 0)


def test_a_file_of_nothing_but_code_is_still_quoted() -> None:
    [quote] = select("Where is resume?", [Passage("```\nresume = True\n```", "a.py")])
    assert quote.text == "```\nresume = True\n```"


def test_a_list_that_is_very_long_is_cut_between_items() -> None:
    items = "\n".join(f"- Kind {number} of tea" for number in range(400))
    [quote] = select("List all kinds of tea", [Passage(f"Kinds of tea:\n\n{items}", "a.md")])
    assert quote.text.endswith(" of tea …")
    assert len(quote.text) < 1300


def test_a_very_long_question_is_answered_like_a_short_one() -> None:
    question = f"What is the difference between {'green tea ' * 2000}?"
    assert "Green tea" in select(question, [TEA])[0].text


def test_how_something_named_is_used_is_not_told_of_anything_else() -> None:
    model = Passage(
        "Put this into `.env`:\n\n```ini\nENGINE=openai\n```",
        "faq.md",
        "FAQ › How do I use a model?",
    )
    database = Passage(
        "Several machines share one database. PostgreSQL is used if its address is set.",
        "faq.md",
        "FAQ › Which database?",
    )
    [first, *_] = select("How do I use PostgreSQL?", [model, database])
    assert "PostgreSQL is used" in first.text
    [first, *_] = select("How do I use a model?", [model, database])
    assert "ENGINE=openai" in first.text


def test_how_something_is_made_is_not_told_by_what_it_is() -> None:
    definition = Passage(
        "A dialog is an assistant. It answers from documents.", "faq.md", "FAQ › What is a dialog?"
    )
    making = Passage(
        "In the terminal:\n\n```sh\nmakedialog Tea\n```", "faq.md", "FAQ › How do I make a dialog?"
    )
    [quote] = select("How do I create a dialog?", [definition, making])
    assert "makedialog Tea" in quote.text


def test_how_something_is_done_is_told_with_the_table_that_the_sentence_introduces() -> None:
    rows = "| 对象 | 设置 |\n|---|---|\n| 用户 | USER |\n| 令牌 | TOKEN |"
    passage = Passage(f"在设置里写次数：\n\n{rows}", "设置.md", "设置 › 怎样限制提问的次数")
    [quote] = select("怎么限制提问的次数？", [passage])
    assert "USER" in quote.text


def test_the_same_question_in_other_words_is_answered_as_it_is() -> None:
    elsewhere = Passage("A process without Redis forgets.", "operations.md", "Operations › Tokens")
    asked = Passage("No. One process does without.", "faq.md", "FAQ › Does it need Redis?")
    [quote] = select("Can it run without Redis?", [elsewhere, asked])
    assert quote.text == "No. One process does without."


def test_the_longest_is_answered_by_all_rows_of_a_table_under_such_a_heading() -> None:
    intro = Passage("This page tells which bridges are the longest.", "bridges.md", "Bridges")
    table = Passage(
        "| Bridge | Span |\n|---|---|\n| Old Bridge | 37 m |\n| New Bridge | 520 m |",
        "bridges.md",
        "Bridges › The longest bridges",
    )
    [quote] = select("What is the longest bridge?", [intro, table])
    assert quote.text == "- Old Bridge: span 37 m\n- New Bridge: span 520 m"


def test_a_sentence_that_says_the_superlative_is_preferred_to_one_below_such_a_heading() -> None:
    stars = Passage(
        "The nearest star is Proxima. The brightest star in the sky is Sirius.",
        "sky.md",
        "Stars › The nearest and the brightest",
    )
    assert "Sirius" in select("Which is the brightest star?", [stars])[0].text


def test_how_many_is_answered_by_the_number_of_them() -> None:
    moons = Passage(
        "Jupiter's moon Ganymede is the largest of all, seen in 1610. It has four large moons.",
        "sky.md",
        "Jupiter",
    )
    first, *_ = select("How many moons does Jupiter have?", [moons])
    assert "four large moons" in first.text


def test_the_first_column_of_a_table_names_what_is_listed() -> None:
    leave = Passage(
        "Five days can be kept.\n\n| Kind of leave | Days |\n|---|---|\n| Holiday | 28 |\n"
        "| Wedding | 2 |",
        "handbook.md",
        "Handbook › Leave",
    )
    steps = Passage(
        "1. Open the portal.\n2. Choose the kind of leave.", "handbook.md", "Leave › Requests"
    )
    [quote] = select("Which kinds of leave are there?", [steps, leave])
    assert quote.text == "- Holiday: days 28\n- Wedding: days 2"


def test_kinds_that_are_told_nowhere_are_not_answered() -> None:
    assert select("Which kinds of bridges are there?", [BRIDGES, LONGER]) == []


def test_things_of_a_kind_are_listed_by_the_sentence_that_means_it() -> None:
    galaxy = Passage(
        "A galaxy is farther away than all that a telescope shows.", "sky.md", "Sky › Far"
    )
    planets = Passage(
        "Three planets can be seen with the naked eye: Venus, Mars and Jupiter.", "sky.md", "Sky"
    )
    [quote] = select("Which planets are visible without a telescope?", [galaxy, planets])
    assert quote.text.startswith("Three planets")


def test_two_columns_of_a_table_are_compared_by_all_rows() -> None:
    table = Passage(
        "| Property | Aria 3 | Aria 3 Pro |\n|---|---|---|\n| Power | 1450 W | 1800 W |\n"
        "| Weight | 9.8 kg | 12.4 kg |",
        "manual.md",
        "Manual › Data",
    )
    [quote] = select("Which is heavier, the Aria 3 or the Aria 3 Pro?", [table])
    assert quote.text.split("\n") == [
        "- Power: Aria 3 1450 W, Aria 3 Pro 1800 W",
        "- Weight: Aria 3 9.8 kg, Aria 3 Pro 12.4 kg",
    ]


def test_a_long_program_is_quoted_whole() -> None:
    lines = "\n".join(f"print({number})" for number in range(300))
    program = Passage(f"With Python:\n\n```python\n{lines}\n```", "clients.md", "Clients › Python")
    assert "print(299)" in select("Is there a client in Python?", [program])[0].text


def test_a_column_that_says_what_happens_is_a_sentence_of_its_own() -> None:
    codes = Passage(
        "| Code | Meaning | What to do |\n|---|---|---|\n| E1 | Tank is empty | Fill the tank |",
        "manual.md",
        "Manual › Errors",
    )
    [quote] = select("What does E1 mean?", [codes])
    assert quote.text == "E1: Tank is empty. What to do: Fill the tank"


def test_what_is_asked_for_by_name_is_named() -> None:
    bridge = Passage(
        "The Lime Bridge crosses the Ain. It is the oldest bridge of the valley.",
        "valley.md",
        "Valley › Bridges",
    )
    [quote, *_] = select("Which is the oldest bridge of the valley?", [bridge])
    assert quote.text == "The Lime Bridge crosses the Ain. It is the oldest bridge of the valley."


def test_a_reason_in_the_next_sentence_is_quoted_with_what_it_explains() -> None:
    mill = Passage(
        "The mill burnt down in 1870. A spark had fallen into the flour.", "mill.md", "Mill"
    )
    [quote, *_] = select("Why did the mill burn down?", [mill])
    assert quote.text == "The mill burnt down in 1870. A spark had fallen into the flour."


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How much does the kettle cost?", "The kettle has a capacity of 2 litres."),
        ("水壶多少钱？", "水壶的容量是两升。"),
    ],
)
def test_what_is_no_price_does_not_tell_what_something_costs(question: str, text: str) -> None:
    assert select(question, [Passage(text, "kettle.md", "Kettle")]) == []


def test_a_weight_is_told_where_it_is_asked_for_in_other_words() -> None:
    racing = Passage(
        "Racing is fun, and a race is a feast. In races a boat must be 40 kilograms or more.",
        "boats.md",
        "Boats › Racing",
    )
    [quote, *_] = select("How heavy must a racing boat be?", [racing])
    assert quote.text == "In races a boat must be 40 kilograms or more."


def test_the_price_of_what_is_named_is_told_by_its_row() -> None:
    manual = Passage("The Aria 3 is a machine for the home.", "manual.md", "Aria 3")
    prices = Passage(
        "Item · Price (EUR)\nItem: Aria 3 Pro · Price (EUR): 399\nItem: Aria 3 · Price (EUR): 249",
        "prices.csv",
    )
    [quote, *_] = select("How much does the Aria 3 cost?", [manual, prices])
    assert quote.text == "Aria 3: Price (EUR) 249"


def test_another_action_of_the_same_thing_is_not_how_it_is_done() -> None:
    revoke = Passage(
        "Name the token:\n\n```sh\nrevoke x\n```", "faq.md", "How do I revoke a token?"
    )
    listed = Passage("All tokens are listed by `tokens`.", "commands.md", "Commands › tokens")
    [quote, *_] = select("How do I list my tokens?", [revoke, listed])
    assert quote.text == "All tokens are listed by `tokens`."


def test_what_a_setting_does_is_no_list() -> None:
    settings = Passage(
        "| name | meaning |\n|---|---|\n| `MAX_FILES` | How many files. |\n| `MAX_S` | How long. |",
        "configuration.md",
        "Configuration",
    )
    [quote, *_] = select("What does MAX_FILES do?", [settings])
    assert quote.text == "`MAX_FILES`: How many files."


def test_the_enumeration_has_as_many_as_the_question_says() -> None:
    quotes = select("What are the four kinds of tea?", [KINDS])
    assert quotes[0].text.startswith("Green, white, oolong and black tea")


def test_trouble_is_answered_from_below_the_heading_that_tells_it() -> None:
    passages = [
        Passage(text, "kettle.md", f"Kettle › {heading}")
        for heading, text in (
            ("Safety", "Children may not use the kettle."),
            ("The kettle does not switch on", "Check the plug. Close the lid."),
        )
    ]
    assert select("It doesn't turn on", passages)[0].text == "Check the plug. Close the lid."


@pytest.mark.parametrize(
    ("question", "table"),
    [
        ("Which lamp is the most expensive?", ("Item | Price EUR", "Desk lamp", "Floor lamp")),
        ("哪种台灯最贵？", ("商品 | 价格", "小台灯", "大台灯")),
    ],
)
def test_a_table_with_a_column_for_it_tells_which_is_the_most(
    question: str, table: tuple[str, str, str]
) -> None:
    head, first, second = table
    text = f"| {head} |\n|---|---|\n| {first} | 49 |\n| {second} | 599 |"
    (quote,) = select(question, [Passage(text, "prices.md", "")])
    assert quote.text.count("\n- ") == 1


def test_an_answer_to_the_same_question_is_quoted_from_its_beginning() -> None:
    passage = Passage(
        "On standard error. A level says how much is in the logs.", "faq.md", "Where are the logs?"
    )
    assert select("Where are my logs?", [passage])[0].text == passage.text


def test_where_something_is_said_answers_nothing() -> None:
    passage = Passage("[Engines](engines.md) says it all. Engines are classes.", "faq.md", "FAQ")
    assert select("What are engines?", [passage])[0].text == "Engines are classes."
