"""How well conversations go: follow-ups, changes of subject, small talk, and what is not there.

What there is of `en_talks.jsonl`, `zh_talks.jsonl` and MTRAG's `en_mtrag.tasks.jsonl` is asked.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # to be run as a file, too

from benchmarks.evaluation import TALKS, arguments, build_corpus, lines
from benchmarks.talks import Question, Verdict, run_conversations, share
from knowledge.models import KnowledgeBase

FILES = {"en": "en_talks.jsonl", "zh": "zh_talks.jsonl", "mtrag": "en_mtrag.tasks.jsonl"}
ANSWERED = ("first", "followup", "shift", "ANSWERABLE", "PARTIAL")
# An earlier answer must not be cited by these.
COMPLETE = ("shift", "unanswerable")


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--dump", type=Path, help="write every answer to this file, a line each")
    options = parser.parse_args()
    results, everything = {}, []
    for language, file in FILES.items():
        if not (options.data / file).exists():
            continue
        corpus = build_corpus(options.data, language, TALKS[language], {})
        base = KnowledgeBase.objects.get(pk=corpus.kb_id)
        verdicts = run_conversations(base, conversations(options.data / file))
        results[language] = figures(verdicts)
        everything += verdicts
        if not options.json:
            for kind, values in results[language].items():
                shown = "  ".join(f"{name} {value}" for name, value in values.items())
                print(f"{language:6} {kind:15} {shown}")
    if options.dump:
        options.dump.write_text("".join(map(dumped, everything)), encoding="utf-8")
    if options.json:
        print(json.dumps(results))


def conversations(path: Path) -> Iterator[list[Question]]:
    for line in lines(path):
        yield _talk(line["turns"]) if "turns" in line else _task(line)


def _talk(turns: Sequence[dict[str, Any]]) -> list[Question]:
    return [
        Question(
            turn["question"],
            turn["kind"],
            [f"{turn['passage_id']}.md"] if turn["passage_id"] else [],
            turn["answers"],
            turn.get("near"),
        )
        for turn in turns
    ]


def _task(task: dict[str, Any]) -> list[Question]:
    """Only the last question of a task of MTRAG is judged. Its answers are free text."""
    earlier = [said["text"] for said in task["history"] if said["role"] == "user"]
    documents = [f"{id}.md" for id in task["passage_ids"]]
    return [
        *(Question(text, counts=False) for text in earlier),
        Question(task["question"], task["answerability"], documents),
    ]


def figures(verdicts: Sequence[Verdict]) -> dict[str, dict[str, Any]]:
    kinds = dict.fromkeys(verdict.question.kind for verdict in verdicts)
    return {kind: _figures([v for v in verdicts if v.question.kind == kind]) for kind in kinds}


def _figures(some: Sequence[Verdict]) -> dict[str, Any]:
    """The shares of the answers of one kind."""
    kind = some[0].question.kind
    found: dict[str, Any] = {"n": len(some), "refused": share(v.answer.is_refusal for v in some)}
    if kind in ANSWERED:
        found["hit@1"] = share(v.first for v in some)
        if some[0].question.answers:
            found["containment"] = share(v.contains for v in some)
    if kind in COMPLETE:
        found["cites_previous"] = share(v.cites_previous for v in some)
    for name, near in (("near", True), ("far", False)):
        of_kind = [v for v in some if v.question.near is near]
        if of_kind:
            found[f"refused_{name}"] = share(v.answer.is_refusal for v in of_kind)
    return found


def dumped(verdict: Verdict) -> str:
    question, answer = verdict.question, verdict.answer
    row = {
        "kind": question.kind,
        "near": question.near,
        "question": question.text,
        "answer": answer.text,
        "gold": question.documents,
        "answers": question.answers,
        "found": answer.found,
        "cited": answer.cited,
        "hit@1": verdict.first,
        "contains": verdict.contains,
        "cites_previous": verdict.cites_previous,
    }
    return json.dumps(row, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
