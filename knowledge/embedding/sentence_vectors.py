"""Vectors of sentences that are compared with questions, kept while they are in use."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np

from knowledge.embedding.encoder import encode
from knowledge.embedding.vectors import Vectors

# Two kilobytes each.
MAX_KEPT = 4_000

_kept: OrderedDict[str, Vectors] = OrderedDict()
_lock = Lock()


def similarities(question: str, sentences: Sequence[str]) -> list[float]:
    """The cosine of each sentence with the question."""
    if not sentences:
        return []
    vectors = _vectors_of([question, *sentences])
    return [float(value) for value in vectors[1:] @ vectors[0]]


def _vectors_of(texts: Sequence[str]) -> Vectors:
    with _lock:
        known = {text: _kept[text] for text in dict.fromkeys(texts) if text in _kept}
    missing = [text for text in dict.fromkeys(texts) if text not in known]
    new = dict(zip(missing, encode(missing), strict=True))
    with _lock:
        for text in known:
            if text in _kept:
                _kept.move_to_end(text)
        _kept.update(new)
        while len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
    found = {**known, **new}
    return np.stack([found[text] for text in texts])
