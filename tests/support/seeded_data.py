"""What is in the world of the seeded servers, as their clients know it. No Django here."""

from __future__ import annotations

from dataclasses import dataclass

QUESTION = "What is the capital of the island of Tilos?"
HANDBOOK = """# Tilos

The capital of the island of Tilos is Megalo Chorio. About 780 people live on the island.

# 帝洛斯

帝洛斯岛的首府是梅加洛霍里奥。岛上约有780人居住。
"""
# Scenarios of `tests.support.fakes.model_scenarios` that have a dialog of their own.
MODEL_SCENARIOS = ("cut", "broken", "away", "silent", "silent-midway", "think-tags")


@dataclass(frozen=True)
class SeededData:
    """Everything a client of the seeded server may need to know."""

    token: str
    jwt: str
    expired_token: str
    revoked_token: str
    inactive_token: str
    bobs_token: str
    # Alice's: answers from documents; says n tokens; the same, but stops when left alone;
    # one for each bad day of a model.
    chat_id: str
    load_chat_id: str
    unwatched_chat_id: str
    # The only one that is open to mini programs; says n tokens.
    mini_chat_id: str
    model_chat_ids: dict[str, str]
    kb_id: str
    doc_id: str
    # What a client may name and does not own: bob's, by field.
    bobs: dict[str, str]
