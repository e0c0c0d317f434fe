"""Finds the failures that RAGFlow writes into an answer as if they were its text.

`**ERROR**: …` stands at the beginning, or in the last line of what the model had written by then.
"""

MARK = "**ERROR**"
LINE_MARK = f"{MARK}:"
# A longer last line is one of the answer.
MAX_CHARS = 4000


class FailureScanner:
    """Takes the text in any pieces. What may become a failure is withheld."""

    def __init__(self) -> None:
        self._withheld = ""
        self._is_beginning = self._is_line_start = True

    def feed(self, text: str) -> str:
        text, self._withheld = self._withheld + text, ""
        if self._is_beginning and (MARK.startswith(text[: len(MARK)]) and text):
            self._withheld = text[:MAX_CHARS]
            return ""
        end = self._end_of_answer(text)
        shown, self._withheld = text[:end], text[end:]
        if shown:
            self._is_beginning = False
            self._is_line_start = shown.endswith("\n")
        return shown

    def finish(self) -> tuple[str, str]:
        """The rest of the text, and what RAGFlow says of the failure: one of them is empty."""
        withheld, self._withheld = self._withheld, ""
        mark = MARK if self._is_beginning else LINE_MARK
        if withheld.startswith(mark):
            return "", withheld.removeprefix(mark).lstrip(": ").strip() or "error"
        return withheld, ""

    def _end_of_answer(self, text: str) -> int:
        """Where the last line begins, if it is a failure or may become one."""
        start = text.rfind("\n", 0, len(text.rstrip())) + 1
        if not (start or self._is_line_start):
            return len(text)
        line = text[start : start + MAX_CHARS + 1]
        may_become = line.startswith(LINE_MARK) or LINE_MARK.startswith(line)
        return start if may_become and len(line) <= MAX_CHARS else len(text)
