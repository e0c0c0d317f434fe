"""The benchmarks of conversations and refusals, on a few passages of our own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PASSAGES = {
    "en_nq": {
        "lighthouse": "The lighthouse of Kastri was built in 1884 by the engineer Eleni Markou. It"
        " is 31 metres tall and stands on a rock west of the harbour.",
        "bus": "The bus to Livadia leaves the square every hour. A ticket costs two euros.",
    },
    "zh_cmrc": {
        "tower": "青石灯塔建于1921年，由工程师林国栋设计。灯塔高28米，矗立在港口以东的礁石上。",
        "tea": "老城茶馆位于钟楼旁边，早上六点开门。这里的招牌是茉莉花茶和桂花糕。",
    },
}
QUESTIONS = {
    "en_nq": [("Who built the lighthouse of Kastri?", "Eleni Markou", "lighthouse")],
    "zh_cmrc": [("老城茶馆的招牌是什么？", "茉莉花茶和桂花糕", "tea")],
}
TALK = [
    ("hello!", "smalltalk", None, []),
    ("Who built the lighthouse of Kastri?", "first", "lighthouse", ["Eleni Markou"]),
    ("and how tall is it?", "followup", "lighthouse", ["31 metres"]),
    ("How much is a ticket of the bus to Livadia?", "shift", "bus", ["two euros"]),
    ("Who won the Cricket World Cup?", "unanswerable", None, []),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets")
    for name in ("en_xquad", "en_nq", "zh_cmrc", "zh_drcd"):
        passages = PASSAGES.get(name, {}).items()
        _write(
            folder / f"{name}.passages.jsonl",
            [{"id": id, "title": id, "text": text} for id, text in passages],
        )
        _write(
            folder / f"{name}.questions.jsonl",
            [
                {"question": question, "answers": [answer], "passage_id": id}
                for question, answer, id in QUESTIONS.get(name, [])
            ],
        )
    turns = [
        {"question": question, "kind": kind, "passage_id": id, "answers": answers, "near": False}
        for question, kind, id, answers in TALK
    ]
    _write(folder / "en_talks.jsonl", [{"id": "one", "turns": turns}])
    return folder


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def measured(name: str, data: Path) -> Any:
    command = [sys.executable, "-m", f"benchmarks.{name}", "--data", str(data), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_conversations_are_judged_by_kind(data: Path) -> None:
    [(language, kinds)] = measured("talking", data).items()
    assert language == "en"
    assert kinds["smalltalk"]["refused"] == 1
    assert kinds["followup"]["containment"] == kinds["followup"]["hit@1"] == 1
    assert kinds["shift"] | {"cites_previous": 0, "containment": 1} == kinds["shift"]
    assert kinds["unanswerable"]["refused_far"] == 1


def test_each_question_is_asked_with_and_without_its_document(data: Path) -> None:
    for figures in measured("refusing", data).values():
        assert figures in (
            {"n": 1, "refused": 1, "falsely": 0},
            {"n": 0, "refused": 0, "falsely": 0},
        )
