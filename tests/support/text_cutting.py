"""Hypothesis strategies that cut a text into the pieces of a stream."""

from hypothesis import strategies as st


def cut_anywhere(text: str) -> st.SearchStrategy[list[str]]:
    places = st.lists(st.integers(0, len(text)), max_size=12)
    return places.map(lambda cuts: pieces(text, sorted(cuts)))


def pieces(text: str, cuts: list[int]) -> list[str]:
    ends = [*cuts, len(text)]
    return [text[start:end] for start, end in zip([0, *cuts], ends, strict=True)]
