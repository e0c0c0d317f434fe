"""Estimates how many tokens of a model a text has, without its tokeniser."""


def estimate_tokens(text: str) -> int:
    """One for 4 ASCII characters, a little more than one per 汉字."""
    extra_bytes = len(text.encode("utf-8", "replace")) - len(text)
    return len(text) // 4 + extra_bytes // 2 + 1
