"""How sure it is that passages answer a question."""

import pytest

from chat.questions.answerability import confidence, features_of
from chat.questions.evidence import Evidence
from chat.questions.language import language_of
from chat.questions.term_weights import Frequencies, weights_of

LIGHTHOUSE = Evidence(
    "kastri.md",
    "The lighthouse of Kastri was built in 1884. It stands on a rock west of the harbour. "
    "青石灯塔建于1921年。灯塔矗立在港口以东的礁石上。",
    "Kastri",
    0.4,
    0.8,
)


def _confidence(question: str, is_first: bool) -> float:
    weights = weights_of(question, Frequencies(10, {}))
    features = features_of(question, [LIGHTHOUSE], weights, 10)
    return confidence(features, language_of(question), is_first)


@pytest.mark.parametrize(
    "question", ["When was the lighthouse of Kastri built?", "青石灯塔是哪一年建的？"]
)
def test_a_question_within_a_conversation_must_be_surer(question: str) -> None:
    assert 0.5 < _confidence(question, is_first=False) < _confidence(question, is_first=True)


def test_where_nothing_is_found_nothing_is_sure() -> None:
    assert confidence(None, language_of("Why?")) == 0.0
