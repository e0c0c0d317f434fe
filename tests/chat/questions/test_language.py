"""Which language a text is in, whatever code it has."""

import pytest

from chat.questions.language import is_foreign

CODE = "```sh\ncurl -s http://127.0.0.1:8000/v1/models -H 'Accept: text/plain'\n```"


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        (f"停下服务器，再运行：\n\n{CODE}", "怎么恢复备份？", False),
        (f"Stop the server, then:\n\n{CODE}", "怎么恢复备份？", True),
        ("在 `.env` 里写 `OPENAI_BASE_URL` 和 `OPENAI_MODEL`。", "怎么接入模型？", False),
        (CODE, "怎么恢复备份？", False),
        ("一份文档最大 50 MiB。", "MAX_DOCUMENT_BYTES 是什么？", False),
    ],
)
def test_code_is_in_no_language(text: str, question: str, expected: bool) -> None:
    assert is_foreign(text, question) is expected
