"""The tokens and ids of the seeded database, as a server's clients know them. No Django here."""

from __future__ import annotations

from dataclasses import dataclass

QUESTION = "What is the capital of the island of Tilos?"
# Longer than any column, and without a place to break it.
LONG_NAME = (
    "a_name_that_is_much_longer_than_any_column_of_a_list_has_room_for_whatever_its_width_is"
)
STARTERS = [QUESTION, "帝洛斯岛的首府是哪里？"]
HANDBOOK = """# Tilos

The capital of the island of Tilos is Megalo Chorio. About 780 people live on the island.

# 帝洛斯

帝洛斯岛的首府是梅加洛霍里奥。岛上约有780人居住。
"""
# Scenarios of `tests.support.fakes.model_scenarios` that have a dialog of their own.
MODEL_SCENARIOS = (
    *("cut", "broken", "away", "silent", "silent-midway", "think-tags", "many-scripts"),
)


@dataclass(frozen=True)
class SeededData:
    """Written by `tests.support.seed`."""

    token: str
    jwt: str
    expired_token: str
    revoked_token: str
    inactive_token: str
    bobs_token: str
    # Alice's dialogs: answers from documents; the load engine; the load engine, stopped when no
    # client reads it; one for each scenario of the fake model server.
    chat_id: str
    load_chat_id: str
    unwatched_chat_id: str
    # The only dialog that is open to mini programs; the load engine.
    mini_chat_id: str
    model_chat_ids: dict[str, str]
    kb_id: str
    doc_id: str
    # Bob's rows, by the field in which a client could name them.
    bobs: dict[str, str]
