"""Every regular expression of the project takes linear time on its worst input."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.support.cpu_time import grows_linearly

ROOT = Path(__file__).resolve().parents[1]
APPS = ("accounts", "chat", "console", "core", "knowledge", "ragws")
SIZE = 4000
REPETITION = re.compile(r"[*+]|\{\d*,\}")

Worst = Callable[[int], str]
SECRETS: Sequence[Worst] = (
    lambda n: "authorization" + " " * n,
    lambda n: "authorization: bearer " * n,
    lambda n: "bearer" + " " * n,
    lambda n: "eyJaaaaaa" * n,
    lambda n: "-eyJ" * n,
    lambda n: "sk-" * n,
    lambda n: "token=" * n,
    lambda n: '"token":\'' * n,
    lambda n: '"token":&quot;' + '"' * n,
    lambda n: '"token"' + " " * n,
    lambda n: "://" + "a" * n,
    lambda n: "://:" * n,
    lambda n: "://a:" + "b" * n,
    lambda n: "a" * n,
    lambda n: "A-" * n,
)

# What makes a pattern try again and again, and then fail; and the method that the code calls.
# "sub" stands for all methods that look for each place where the pattern matches.
WORST: Mapping[str, tuple[str, Sequence[Worst]]] = {
    "accounts.credentials.PRINTED": ("fullmatch", [lambda n: "a" * n + "é"]),
    "accounts.credentials.PRINTED_OR_BLANK": ("fullmatch", [lambda n: "a " * n + "é"]),
    "accounts.mini_programs.checks.NAME": ("fullmatch", [lambda n: "a" * n]),
    "chat.answers.leak_detection.ENTITY": ("match", ["&amp;".__mul__, lambda n: "&" + "a" * n]),
    "chat.answers.leak_detection.UNFINISHED_ENTITY": ("match", ["&amp;".__mul__, "&a".__mul__]),
    "chat.answers.references.CITATION": ("sub", [lambda n: "[ID:1" * n]),
    "chat.engines.extractive.follow_up_quotes.CHINESE": ("match", ["a".__mul__]),
    "chat.questions.follow_up.PRONOUN": ("search", ["its".__mul__, "it ".__mul__, "应该".__mul__]),
    "chat.questions.language.CHINESE": ("search", ["a".__mul__]),
    "chat.questions.follow_up.LEADING": ("match", [lambda n: " " * n, lambda n: "why" + "?" * n]),
    "chat.questions.follow_up.TRAILING": ("search", ["then".__mul__, "呢!!!!!".__mul__]),
    "chat.questions.names.NAME": (
        "sub",
        [*("a A".__mul__, "1,".__mul__, "《a".__mul__, "中a".__mul__), lambda n: "a" * n],
    ),
    "chat.questions.small_talk.GREETED": ("match", [lambda n: " " * n, lambda n: "hi" + " " * n]),
    "chat.questions.small_talk.PART": ("sub", ["a,".__mul__, lambda n: "a" * n, " ,".__mul__]),
    "chat.questions.small_talk.PHRASE": (
        "match",
        [
            *("hi".__mul__, "that is so so ".__mul__, "哈".__mul__),
            lambda n: "h" + "i" * n + "x",
            lambda n: "are you a bot or " + "a" * n,
        ],
    ),
    "chat.questions.term_weights.WORD": ("sub", [lambda n: "a" * n]),
    "chat.answers.suggested_questions.CHINESE_ASKING": (
        "sub",
        ["怎".__mul__, "吗".__mul__, "多".__mul__],
    ),
    "chat.answers.suggested_questions.DEPENDENT": ("search", ["its".__mul__, "a ".__mul__]),
    "chat.answers.suggested_questions.ENGLISH_ASKING": ("match", ["how".__mul__]),
    "chat.answers.suggested_questions.INSTRUCTION": ("match", ["add".__mul__, "set ".__mul__]),
    "chat.answers.suggested_questions.NO_HEADING": ("search", ["page".__mul__, "a".__mul__]),
    "chat.answers.suggested_questions.NO_SUBJECT": (
        "search",
        ["the ".__mul__, "就".__mul__, "it".__mul__],
    ),
    "chat.engines.extractive.text_blocks.CODE_MARK": ("search", ["a".__mul__]),
    "chat.engines.extractive.cross_language.HANGUL": ("sub", ["a".__mul__]),
    "chat.engines.extractive.cross_language.KANA": ("sub", ["a".__mul__]),
    "knowledge.parsing.office.sheet_cells.ESCAPED": ("sub", ["_x".__mul__, "_x0041".__mul__]),
    "chat.answers.suggested_questions.CHINESE_SUBJECT": ("match", [lambda n: "茶是" + "茶的" * n]),
    "chat.answers.suggested_questions.ENGLISH_SUBJECT": (
        "match",
        [lambda n: "A" + "a" * n, lambda n: "A a" + "-" * n],
    ),
    "chat.answers.suggested_questions.INVERTED": ("match", [lambda n: "a" * n]),
    "chat.answers.suggested_questions.NUMBERING": (
        "match",
        [lambda n: "1" + " " * n, lambda n: "1." * n, lambda n: "一、" + " " * n],
    ),
    "chat.answers.suggested_questions.SMALL_WORD": ("sub", ["a'".__mul__, "-a".__mul__]),
    "chat.engines.extractive.answer_types.ANSWER_TYPES": (
        "sub",
        [
            *(lambda n, part=part: part * n for part in ("what ", "哪", "a A", "1 ", "in the ")),
            lambda n: "caus" + "a" * n,
            lambda n: "a, " * n,
        ],
    ),
    "chat.questions.overview_questions.WORDS": (
        "sub",
        [lambda n: "summar" + "a" * n, lambda n: "docs " * n, lambda n: "point" * n],
    ),
    "chat.questions.overview_questions.ASKS": (
        "search",
        ["summary ".__mul__, "what is this ".__mul__, "讲".__mul__],
    ),
    "chat.questions.overview_questions.ASKS_FOR_A_WHOLE": (
        "search",
        [
            *("summary ".__mul__, "what is ".__mul__, lambda n: "what is about" + " " * n + "x"),
            lambda n: "what does " + "file " * n,
        ],
    ),
    "chat.questions.overview_questions.FILLER_WORDS": ("sub", [lambda n: "这" * n]),
    "chat.engines.extractive.cross_language.CODE": ("sub", ["```".__mul__, "a".__mul__]),
    "chat.engines.extractive.definitions.SAYS_WHAT": (
        "match",
        ["is ".__mul__, "是".__mul__, "a".__mul__],
    ),
    "chat.engines.extractive.enumerations.CHINESE": (
        "findall",
        ["、".__mul__, "a、".__mul__, "茶".__mul__],
    ),
    "chat.engines.extractive.enumerations.LATIN": (
        "findall",
        [", a".__mul__, ", ".__mul__, lambda n: ", a" + " a" * n, "a, b and ".__mul__],
    ),
    "chat.engines.extractive.enumerations.NUMBER_OF_KINDS": (
        "search",
        ["two ".__mul__, "9".__mul__, "十".__mul__],
    ),
    "chat.engines.extractive.passage_units.WIDE_END": ("search", ["。".__mul__, "」".__mul__]),
    "chat.engines.extractive.sentence_selection.DEPENDENT": ("match", ["it".__mul__, "这".__mul__]),
    "chat.engines.extractive.text_blocks.NUMBER": ("sub", ["1".__mul__, "一".__mul__]),
    "chat.questions.list_questions.ASKING": ("sub", ["list ".__mul__, "有哪".__mul__]),
    "chat.questions.list_questions.KIND": ("sub", ["kinds ".__mul__, "几大".__mul__]),
    "chat.questions.question_kinds.PASSIVE": (
        "search",
        [lambda n: "how is " + "a" * n, lambda n: "how is " + "a used " * n],
    ),
    "chat.engines.extractive.engine.PIECE": ("sub", [lambda n: " " * n, lambda n: " a" * n]),
    "chat.engines.extractive.replies.GREETING": (
        "match",
        [lambda n: " " * n, lambda n: "hi" + ", " * n],
    ),
    "chat.engines.extractive.replies.QUESTION_WORDS": (
        "match",
        [lambda n: " " * n, "a ".__mul__, lambda n: "is" + " " * n],
    ),
    "chat.engines.extractive.comparing.CONTRASTS": ("search", ["differ".__mul__, "unlike".__mul__]),
    "chat.engines.extractive.definitions.BEFORE": ("fullmatch", ["*".__mul__, "the ".__mul__]),
    "chat.engines.extractive.definitions.CLAUSE_END": ("split", ["; ".__mul__, "；".__mul__]),
    "chat.engines.extractive.definitions.GOES_ON": (
        "match",
        ["(".__mul__, "[".__mul__, ", a".__mul__, lambda n: "(" + "a" * n, "—".__mul__],
    ),
    "chat.engines.extractive.definitions.NAMES": (
        "search",
        ["called ".__mul__, lambda n: "called" + " " * n + "x", "叫做".__mul__],
    ),
    "chat.engines.extractive.passage_units.END_MARK": (
        "search",
        [".".__mul__, ".)".__mul__, lambda n: "." + ")" * n + "x"],
    ),
    "chat.engines.extractive.passage_units.IMAGE": (
        "sub",
        ["![".__mul__, "![](".__mul__, lambda n: "![" + "a" * n, "![a](b".__mul__],
    ),
    "chat.engines.extractive.passage_units.QUOTE_MARK": (
        "sub",
        [">".__mul__, "> ".__mul__, "\n> ".__mul__, "[ ]".__mul__],
    ),
    "chat.engines.extractive.passage_units.RELATIVE_LINK": (
        "sub",
        ["[".__mul__, "[a](".__mul__, lambda n: "[" + "a" * n, "[a](b".__mul__],
    ),
    "chat.engines.extractive.passage_units.SAYS_SOMETHING": ("search", ["a".__mul__]),
    "chat.engines.extractive.passage_units.WRAPPED_CJK": (
        "sub",
        [lambda n: "中" + "\n" * n, lambda n: "中" + " " * n, "中\n ".__mul__],
    ),
    "chat.questions.question_kinds.COMPARISONS": (
        "search",
        [
            lambda n: "which, " + "a or " * n,
            lambda n: "is " + "a more than " * n,
            "a和".__mul__,
            "a比".__mul__,
            lambda n: "哪个更" + "和" * n,
        ],
    ),
    "chat.questions.question_kinds.DECISIONS": (
        "search",
        [lambda n: "is " + "a" * n, lambda n: "is a" + " " * n + "x", "a是".__mul__],
    ),
    "chat.questions.question_kinds.DEFINITIONS": (
        "search",
        ["what is ".__mul__, lambda n: "what does " + "a mean " * n, "什么是".__mul__],
    ),
    "chat.questions.question_kinds.DIFFERENCES": (
        "search",
        [
            "difference between ".__mul__,
            lambda n: "difference between " + "a and " * n,
            "compare a and ".__mul__,
            "a vs ".__mul__,
            "a和".__mul__,
            "比较".__mul__,
            lambda n: "a和b有什么区别" + "?" * n + "x",
        ],
    ),
    "chat.questions.question_kinds.LIST": (
        "search",
        ["which ".__mul__, "what as ".__mul__, "list ".__mul__, "有什么".__mul__],
    ),
    "chat.questions.question_kinds.SHORTENED": ("sub", ["what".__mul__, "whats ".__mul__]),
    "chat.questions.question_kinds.STEPS": (
        "search",
        ["how ".__mul__, "how do ".__mul__, lambda n: "how " + "a" * n, "怎么样".__mul__],
    ),
    "chat.questions.question_kinds.YES_OR_NO": (
        "search",
        ["吗".__mul__, lambda n: "吗" + " " * n + "x", "是不".__mul__],
    ),
    "chat.engines.extractive.sentence_ranking.ENUMERATION": (
        "search",
        [", ".__mul__, ", a".__mul__, lambda n: ", " + "a" * n, "、a".__mul__, "、".__mul__],
    ),
    "chat.engines.extractive.table_rows.LABEL": ("fullmatch", ["a".__mul__, "a: ".__mul__]),
    "chat.engines.extractive.table_rows.LOWERED": (
        "fullmatch",
        [lambda n: "A" + "a" * n + "A", lambda n: "Aa" + " a" * n + "A"],
    ),
    "chat.engines.extractive.table_rows.RULE": (
        "fullmatch",
        ["|".__mul__, lambda n: "|" + "-" * n + "x", "| --- ".__mul__],
    ),
    "chat.engines.extractive.table_rows.SAYS_NOTHING": ("fullmatch", ["value".__mul__]),
    "chat.engines.extractive.table_rows.SEPARATOR": ("sub", ["|".__mul__, "\\|".__mul__]),
    "chat.engines.extractive.text_blocks.BARE_FENCE": (
        "fullmatch",
        [lambda n: "```" + " " * n + "x", lambda n: "`" * n + "x"],
    ),
    "chat.engines.extractive.text_blocks.FENCE": ("match", [" ".__mul__]),
    "chat.engines.extractive.text_blocks.HEADING": ("match", ["#".__mul__]),
    "chat.engines.extractive.text_blocks.INDENTED": ("match", [" ".__mul__]),
    "chat.engines.extractive.text_blocks.LIST_ITEM": (
        "fullmatch",
        [" ".__mul__, lambda n: "- " + " " * n, lambda n: "- x" + " " * n + "\n"],
    ),
    "chat.engines.extractive.steps.NUMBERED": ("match", [lambda n: "\n" + " " * n]),
    "chat.engines.load.QUESTION": ("fullmatch", [lambda n: "bench" + " " * n]),
    "chat.engines.citation_markers.MARKER": (
        "sub",
        [lambda n: "[ID1" + " 1" * n, lambda n: "[ID" * n, lambda n: "[ID1,ID1" * n],
    ),
    "chat.engines.citation_markers.MARKER_START": (
        "match",
        [lambda n: "[ID" + "1" * n + "x", lambda n: "[ID" * n],
    ),
    "chat.engines.citation_markers.FORGED": ("sub", ["[ID".__mul__, "#".__mul__]),
    "chat.engines.citation_markers.DIGITS": ("sub", [lambda n: "1" * n]),
    "chat.engines.citation_markers.OPENER": ("search", [lambda n: "a" * n]),
    "chat.engines.ragflow.dialects.HALF": ("sub", ["\ud800".__mul__]),
    "chat.engines.ragflow.remote_settings.REMOTE_ID": ("fullmatch", ["a".__mul__]),
    "chat.engines.ragflow.repetition.WORD": ("sub", ["a".__mul__, "a ".__mul__]),
    "chat.engines.openai.citations.PIECE": ("sub", [lambda n: " ." * n, lambda n: "a" * n]),
    "chat.engines.http.failures.TOO_LONG": (
        "search",
        [lambda n: "context" * n, lambda n: "range of " * n],
    ),
    "chat.engines.http.failures.NO_CREDIT": ("search", [lambda n: "insufficient" * n]),
    "chat.engines.http.failures.SECRET": (
        "sub",
        [lambda n: "Bearer" + " " * n, lambda n: "key-" * n, lambda n: "https://" * n],
    ),
    "chat.engines.openai.prompting.CITATION": (
        "sub",
        [lambda n: "[ID:" + "1" * n, " [ID:".__mul__],
    ),
    "chat.engines.openai.prompting.CONTROL_WORD": (
        "sub",
        [
            *("<|a ".__mul__, "<|".__mul__, "<s ".__mul__, "<tool_".__mul__, "[TOOL_".__mul__),
            lambda n: "<passage-" + "a" * n,
        ],
    ),
    "chat.engines.openai.completion_stream.ADDRESS": ("sub", ["'".__mul__]),
    "chat.rest.ragflow.datasets.highlight.WORD": ("findall", ["a".__mul__, "中a".__mul__]),
    "chat.rest.ragflow.datasets.highlight.SPACELESS": ("match", ["中".__mul__]),
    "chat.validation.SECRET_NAME": ("search", ["toke".__mul__]),
    "chat.engines.http.failures.ADDRESS": ("sub", ["https://".__mul__]),
    "chat.engines.http.failures.BUSY": ("search", ["per ".__mul__, "rate rate".__mul__]),
    "chat.engines.http.failures.DURATION": ("sub", ["1".__mul__, "1.".__mul__, "1 ".__mul__]),
    "chat.engines.http.failures.ECHO": ("sub", [" ".__mul__]),
    "chat.engines.http.failures.ESCAPED": ("sub", ["\\".__mul__]),
    "chat.engines.http.failures.FILTERED": ("search", ["content".__mul__, "high ".__mul__]),
    "chat.engines.http.failures.NOT_LETTERS": ("sub", ["1".__mul__]),
    "chat.engines.http.failures.NULS": ("sub", ["\0".__mul__]),
    "chat.engines.http.failures.TRY_AGAIN": ("search", ["try in ".__mul__, "1".__mul__]),
    "chat.engines.http.failures.UNKNOWN_MODEL": ("search", ["model".__mul__, "模型".__mul__]),
    "chat.engines.http.failures.WRONG_KEY": ("search", ["api key".__mul__, "invalid".__mul__]),
    "chat.engines.http.server_errors.TAG": ("sub", ["<script>".__mul__, "<".__mul__]),
    "chat.engines.http.split_characters.BYTES": ("sub", ["\udc80".__mul__]),
    "chat.engines.http.split_characters.PAIR": ("sub", ["\ud800".__mul__]),
    "chat.engines.http.split_characters.SURROGATE": ("sub", ["\ud800".__mul__]),
    "chat.engines.http.split_characters.UNFINISHED": ("search", ["\udcc2".__mul__]),
    "chat.engines.thoughts.AFTER_THOUGHT": ("match", ["<|channel|>".__mul__]),
    "chat.engines.thoughts.FENCE_OR_LINE_END": ("sub", ["`".__mul__]),
    "chat.engines.thoughts.MARK": ("search", ["<think".__mul__, "<|".__mul__]),
    "chat.management.commands.ask.CONTROLS": ("sub", ["\x00".__mul__]),
    "core.commands.CONTROLS": ("sub", ["\x7f".__mul__]),
    "core.redaction.PATTERNS": ("sub", SECRETS),
    "knowledge.models.PAGE": ("match", [lambda n: "page " + "1" * n]),
    "knowledge.orphan_originals.FOLDER": ("fullmatch", ["a".__mul__]),
    "knowledge.orphan_originals.NAME": ("fullmatch", ["a".__mul__]),
    "knowledge.reading.PLACE_NUMBER": ("match", [lambda n: "page " + "1" * n]),
    "knowledge.parsing.office.merged_cells.MERGED": (
        "sub",
        ["<mergeCell ".__mul__, lambda n: "<mergeCell " + 'ref="A1:' * n, lambda n: "<" + "a" * n],
    ),
    "knowledge.parsing.office.word_styles.HEADING": ("fullmatch", ["heading ".__mul__]),
    "knowledge.parsing.formats.HTML_START": (
        "match",
        ["<!---->".__mul__, lambda n: "<!---->" * n + "x", " ".__mul__, "<!-- ".__mul__],
    ),
    "knowledge.parsing.formats.OLD_EXCEL": ("search", ["B\0".__mul__, "B\0o\0o\0k\0".__mul__]),
    "knowledge.parsing.formats.PICTURE_START": ("match", ["BM".__mul__, "RIFF".__mul__]),
    "knowledge.parsing.recognition_engine.NARROW": ("sub", ["茶(".__mul__, "(".__mul__]),
    "knowledge.parsing.formats.XML_START": ("match", [" ".__mul__]),
    "knowledge.parsing.json_records.BLOB": (
        "fullmatch",
        [lambda n: "a" * n + " ", "data:".__mul__, lambda n: "data:" + "a" * n + " "],
    ),
    "knowledge.parsing.rtf.TOKEN": ("sub", ["\\a".__mul__, "\\".__mul__, "a".__mul__]),
    "knowledge.parsing.xml_text.DECLARATION": ("match", [" ".__mul__, lambda n: "<?xml" + " " * n]),
    "knowledge.parsing.xml_text.SILENT": ("fullmatch", ["id".__mul__, "a".__mul__]),
    "knowledge.parsing.xml_text.MARKUP": ("search", ["<a".__mul__, lambda n: "<" + "a" * n]),
    "knowledge.parsing.xml_text.BLOB": ("fullmatch", [lambda n: "a " * n + "é"]),
    "knowledge.parsing.encodings.CONTROL_BYTE": ("search", ["a".__mul__]),
    "knowledge.parsing.encodings.USUAL": ("sub", ["a\0".__mul__]),
    "knowledge.parsing.encodings.HIGH_BYTES": ("sub", ["é".__mul__]),
    "knowledge.parsing.encodings.GB2312_COMMON": ("fullmatch", ["\u0421".__mul__]),
    "knowledge.parsing.encodings.META_CHARSET": (
        "search",
        ["<meta ".__mul__, lambda n: "<meta " + "charset" * n, lambda n: "<meta charset" + " " * n],
    ),
    "knowledge.parsing.encodings.XML_DECLARATION": (
        "search",
        [" ".__mul__, "<?xml ".__mul__, lambda n: "<?xml " + "encoding" * n],
    ),
    "knowledge.parsing.html.HIDDEN_STYLE": (
        "search",
        [lambda n: "display" + " " * n, lambda n: "display: " * n],
    ),
    "knowledge.parsing.html.TAG": ("sub", ["<a".__mul__, lambda n: "<" + "a" * n, "<a ".__mul__]),
    "knowledge.parsing.latin_encodings.INSIDE": ("findall", ["a€".__mul__, "€".__mul__]),
    "knowledge.parsing.latin_encodings.SPECIAL": ("findall", ["é".__mul__]),
    "knowledge.parsing.latin_encodings.UNUSUAL": (
        "findall",
        ["aõ".__mul__, "çb".__mul__, "ğ".__mul__],
    ),
    "knowledge.parsing.markdown.ATX_HEADING": (
        "fullmatch",
        [lambda n: "# " + " " * n + "x", lambda n: "# " + " #" * n + "x"],
    ),
    "knowledge.parsing.markdown.UNDERLINE": ("fullmatch", [lambda n: "=" * n + " " * n + "x"]),
    "knowledge.parsing.markdown.FENCE": ("match", ["`".__mul__]),
    "knowledge.parsing.markdown.NOT_A_HEADING": ("match", ["\t".__mul__, "1".__mul__]),
    "knowledge.parsing.markdown.FRONT_MATTER": (
        "match",
        [
            lambda n: "---\na:" + "\n---x" * n,
            lambda n: "---\n" + "a" * n,
            lambda n: "---\na:\n---" + " " * n + "x",
            lambda n: "---" + " " * n,
        ],
    ),
    "knowledge.parsing.markdown.FRONT_MATTER_TITLE": ("search", ["\ntitle:".__mul__]),
    "knowledge.parsing.markdown.LINK": ("sub", ["[".__mul__, "![](".__mul__, "[a](".__mul__]),
    "knowledge.parsing.markdown.HEADING_ID": ("sub", ["{#".__mul__, lambda n: "{#" + "a" * n]),
    "knowledge.parsing.pdf_lines.SPACED": ("sub", ["茶 ".__mul__]),
    "knowledge.parsing.pdf_lines.ADJACENT": ("sub", ["茶".__mul__]),
    "knowledge.parsing.pdf_lines.WIDE_HEADING": ("fullmatch", ["茶 ".__mul__, " ".__mul__]),
    "knowledge.parsing.plain_text.TITLE": (
        "match",
        [
            "\n".__mul__,
            " ".__mul__,
            "a".__mul__,
            lambda n: "ab" + " " * n,
            lambda n: "ab\n" + "\n" * n,
        ],
    ),
    "knowledge.parsing.pdf.CODES": ("findall", [lambda n: "\x01" * n]),
    "knowledge.parsing.pdf.HYPHEN": ("sub", [lambda n: "\x02" + " " * n]),
    "knowledge.parsing.pdf.PAGE_WORD": ("search", ["page".__mul__]),
    "knowledge.parsing.pdf.NUMBER": ("sub", ["1".__mul__]),
    "knowledge.parsing.pdf_lines.SENTENCE_END": (
        "search",
        [".".__mul__, lambda n: "." + ")" * n + "x"],
    ),
    "knowledge.parsing.pdf_lines.NEW_ITEM": ("match", ["1".__mul__]),
    "knowledge.parsing.pdf_lines.CJK": ("match", ["a".__mul__]),
    "knowledge.text.analysis.TOKEN": ("sub", ["a".__mul__, "中a".__mul__, "_".__mul__]),
    "knowledge.text.analysis.ASCII_TOKEN": ("sub", ["a".__mul__, "-".__mul__]),
    "knowledge.text.analysis.IS_CJK": ("match", ["a".__mul__]),
    "knowledge.text.analysis.CJK_RUN": ("sub", ["中a".__mul__]),
    "knowledge.text.analysis.WORD": ("sub", ["a ".__mul__, "_".__mul__]),
    "knowledge.text.analysis.NUMBER_WITH_UNIT": ("sub", ["1".__mul__]),
    "knowledge.text.analysis.ACCENTS": ("sub", ["\u0300".__mul__]),
    "knowledge.text.analysis.POSSESSIVE": ("sub", ["'s".__mul__]),
    "knowledge.text.analysis.STOP_PHRASES": ("sub", ["什么".__mul__, "哪".__mul__, "几".__mul__]),
    "knowledge.text.chunking.FENCE": ("match", [" ".__mul__, "`".__mul__]),
    "knowledge.text.chunking.TABLE_RULE": (
        "fullmatch",
        [lambda n: " " * n + "-" * n + "x", " ".__mul__, lambda n: "-" * n + "x"],
    ),
    "knowledge.text.chunking.BREAK": ("match", ["a".__mul__]),
    "knowledge.text.cleaning.LINE_ENDS": ("sub", ["\r".__mul__]),
    "knowledge.text.cleaning.INVISIBLE": ("sub", ["\u200b".__mul__]),
    "knowledge.text.cleaning.JOINERS": ("sub", ["\u200c".__mul__]),
    "knowledge.text.cleaning.EMOJI_STYLE": ("sub", ["\ufe0f".__mul__]),
    "knowledge.text.cleaning.MONGOLIAN": ("sub", ["\u180b".__mul__]),
    "knowledge.text.line_wrapping.BEGINS_LOWER": ("match", [" ".__mul__]),
    "knowledge.text.line_wrapping.CLOSED_LINE": ("match", [" ·".__mul__, " ".__mul__]),
    "knowledge.text.line_wrapping.FIRST_WORD": ("match", [" ".__mul__, "a".__mul__]),
    "knowledge.text.line_wrapping.OWN_LINE": ("match", [" ".__mul__, "1".__mul__]),
    "knowledge.text.line_wrapping.RUNS_ON": (
        "match",
        [",".__mul__, ", ".__mul__, lambda n: "," + " " * n + "x"],
    ),
    "knowledge.text.sentences.END": (
        "sub",
        [
            "\n".__mul__,
            "\n ".__mul__,
            ".".__mul__,
            lambda n: ".?" * n + "x",
            lambda n: "." + ")" * n + "x",
            lambda n: "中" + "." * n + "x",
        ],
    ),
    "knowledge.text.sentences.ABBREVIATION": ("fullmatch", [lambda n: "a." * n + "1"]),
    "knowledge.text.sentences.BEFORE_WORD": ("sub", ["(".__mul__]),
    "knowledge.text.sentences.ENCLOSED": (
        "sub",
        ["(".__mul__, "`".__mul__, "“".__mul__, lambda n: "(" + "a" * n, "`` ".__mul__],
    ),
    "knowledge.text.sentences.NUMBERED": ("fullmatch", ["step".__mul__]),
    "knowledge.text.sentences.OPENING_WORD": ("match", ["The".__mul__]),
    "knowledge.text.sentences.TITLE": ("fullmatch", ["Mr".__mul__]),
    "knowledge.text.width.WIDE": ("sub", ["中a".__mul__]),
    "knowledge.translation.dictionary.ASIDE": ("sub", ["(".__mul__, "[".__mul__]),
    "knowledge.translation.dictionary.ENTRY": (
        "match",
        ["a".__mul__, lambda n: "a " + "a" * n, lambda n: "a a [" + "a" * n, "a a [a] /".__mul__],
    ),
    "knowledge.translation.dictionary.NO_MEANING": ("match", ["old ".__mul__]),
    "knowledge.translation.dictionary.SUFFIX": ("sub", ["ing".__mul__, "s".__mul__]),
    "ragws.openapi.ragflow.NAMES": ("findall", ["<a".__mul__, lambda n: "<" + "a" * n]),
    "ragws.request_bodies.UPLOADS": (
        "fullmatch",
        [
            lambda n: "/admin/knowledge/knowledgebase/" + "a" * n,
            "/".__mul__,
            lambda n: "/api/v1/datasets/" + "a" * n,
        ],
    ),
    "ragws.checks.URL_PREFIX": ("fullmatch", ["/a".__mul__, lambda n: "/a" * n + "!"]),
    "ragws.checks.HOST": ("fullmatch", [lambda n: "a." * n, lambda n: "a" * n + "!"]),
    "ragws.error_pages.SENSITIVE_NAMES": ("search", ["SESSION".__mul__]),
    "ragws.log_filters.SECRET_NAMES": ("search", ["TOKE".__mul__]),
}


def modules() -> Iterator[tuple[str, Path]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                yield name.removesuffix(".__init__"), path


def patterns_in(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, Mapping):
        yield from patterns_in([*value.keys(), *value.values()])
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from patterns_in(part)
    elif is_dataclass(value) and not isinstance(value, type):
        yield from patterns_in([getattr(value, field.name, None) for field in fields(value)])


def all_patterns() -> dict[str, list[re.Pattern[Any]]]:
    """By the name where they are defined; those that a module imports are named once."""
    found: dict[str, list[re.Pattern[Any]]] = {}
    for module, path in modules():
        defined = {
            target.id
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        for name, value in vars(import_module(module)).items():
            if name in defined and (patterns := list(patterns_in(value))):
                found[f"{module}.{name}"] = patterns
    return found


PATTERNS = all_patterns()


def test_the_worst_input_of_each_pattern_is_known() -> None:
    assert sorted(PATTERNS) == sorted(WORST)


def test_patterns_that_repeat_are_compiled_where_this_test_finds_them() -> None:
    """At the top of a module; what a function compiles repeats nothing without a limit."""
    for module, path in modules():
        tree = ast.parse(path.read_text())
        at_the_top = {id(node) for top in tree.body for node in _outside_functions(top)}
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name("re")), args=[pattern, *_]):
                    repeats = REPETITION.search(ast.unparse(pattern))
                    assert id(node) in at_the_top or not repeats, f"{module}, line {node.lineno}"


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from _outside_functions(child)


@pytest.mark.parametrize("name", sorted(WORST.keys() & PATTERNS.keys()))
def test_twice_the_worst_input_takes_twice_the_time(name: str) -> None:
    method, inputs = WORST[name]
    for pattern in PATTERNS[name]:
        for number, worst in enumerate(inputs):
            small, large = (_like(pattern, worst(n)) for n in (SIZE, 2 * SIZE))
            work = getattr(pattern, method)
            if method == "sub":
                work = lambda text, pattern=pattern: pattern.sub(text[:0], text)  # noqa: E731
            assert grows_linearly(work, small, large), f"input {number} of {pattern.pattern!r}"


def _like(pattern: re.Pattern[Any], text: str) -> Any:
    return text.encode() if isinstance(pattern.pattern, bytes) else text
