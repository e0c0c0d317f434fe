"""The two shapes of RAGFlow's API: up to its release 0.24, and since 0.25. What its programs are
told in each, word for word: they compare the sentences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Release:
    """Sentences with `{id}` are about that id."""

    name: str
    # Fields: `llm_setting` and `prompt_config` instead of `llm` and `prompt`; lists of chats with a
    # total; no `ids` means none instead of all; answers in pieces instead of the text so far.
    is_new: bool
    name_needed: str
    name_emptied: str
    name_taken: str
    name_taken_by_change: str
    chat_not_deleted: str
    chat_ids_repeated: str
    no_chat: tuple[int, str]
    no_chat_to_change: tuple[int, str]
    no_chat_to_begin: tuple[int, str]
    no_chat_to_list: tuple[int, str]
    no_chat_to_empty: tuple[int, str]
    no_chat_to_rename: tuple[int, str]
    no_session: str
    session_name_needed: str
    session_name_emptied: str
    session_fixed: str
    no_reranker: str
    no_tenant: str

    @property
    def prefix(self) -> str:
        """The first part of its addresses."""
        return f"ragflow-{self.name}"


OLD = Release(
    name="0.24",
    is_new=False,
    name_needed="`name` is required.",
    name_emptied="`name` cannot be empty.",
    name_taken="Duplicated chat name in creating chat.",
    name_taken_by_change="Duplicated chat name in updating chat.",
    chat_not_deleted="Assistant({id}) not found.",
    chat_ids_repeated="Duplicate assistant ids: {id}",
    no_chat=(102, "The chat doesn't exist"),
    no_chat_to_change=(102, "You do not own the chat"),
    no_chat_to_begin=(102, "You do not own the assistant."),
    no_chat_to_list=(102, "You don't own the assistant {id}."),
    no_chat_to_empty=(102, "You don't own the chat"),
    no_chat_to_rename=(102, "Session does not exist"),
    no_session="Session does not exist",
    session_name_needed="`name` can not be empty.",
    session_name_emptied="`name` can not be empty.",
    session_fixed="`{id}` can not be change",
    no_reranker="`rerank_model` {id} doesn't exist",
    no_tenant="`tenant_id` must not be provided.",
)
NEW = Release(
    name="0.25",
    is_new=True,
    name_needed="`name` is required",
    name_emptied="`name` cannot be empty.",
    name_taken="duplicated chat name in creating chat",
    name_taken_by_change="Duplicated chat name.",
    chat_not_deleted="Chat({id}) not found.",
    chat_ids_repeated="Duplicate chat ids: {id}",
    no_chat=(109, "No authorization."),
    no_chat_to_change=(109, "No authorization."),
    no_chat_to_begin=(109, "no authorization"),
    no_chat_to_list=(109, "no authorization"),
    no_chat_to_empty=(109, "no authorization"),
    no_chat_to_rename=(109, "No authorization."),
    no_session="Session not found!",
    session_name_needed="`name` can not be empty",
    session_name_emptied="`name` can not be empty.",
    session_fixed="`{id}` cannot be changed.",
    no_reranker="`rerank_id` {id} doesn't exist",
    no_tenant="`tenant_id` must not be provided",
)
# By name.
RELEASES = {release.name: release for release in (OLD, NEW)}
