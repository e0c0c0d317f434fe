"""The interface of engines: an engine gets a prompt and yields an answer, piece by piece.

An engine imports no other engine, and nothing of Django, sockets or models; `registry.py` alone
reads the settings. It makes each engine once per process, with the options its name has in
`settings.ENGINES` (all but `BACKEND`, as keyword arguments in lower case). An engine answers many
prompts at the same time.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol, runtime_checkable

from chat.questions.small_talk import SmallTalk
from core.errors import AppError


@dataclass(frozen=True, slots=True)
class Passage:
    """Evidence for the answer. Its index in the prompt, from 0, is the n of `[ID:n]`."""

    text: str
    title: str
    place: str = ""
    # How much of the question it covers, from 0 to 1.
    similarity: float = 0.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier question of the session and its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class About:
    """What the assistant may say of itself. `topics`: titles of its documents."""

    name: str = ""
    description: str = ""
    opener: str = ""
    topics: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """For engines that keep conversations and search on a server of their own."""

    # The id that the server gave this conversation; empty: it has none yet.
    session: str = ""
    # Whose conversation it is: always the same word for the same person, who cannot be told by it.
    user: str = ""
    # The documents that the question names, by the server's ids.
    doc_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    question: str
    passages: Sequence[Passage] = ()
    history: Sequence[Exchange] = ()
    # The same in words of the documents, where they have not its own; empty: it needs none.
    reworded: str = ""
    # How many of the passages are those that the question hangs on, since it goes on from an
    # earlier answer ("and how much of it?"); 0: it is complete.
    kept: int = 0
    # How many others come before those.
    before_kept: int = 0
    # What was asked before, if the question hangs on it.
    hangs_on: str = ""
    # Whether the passages seem to answer the question at all. A model may know better.
    is_answerable: bool = True
    # Whether a document is asked about as a whole: the passages are how its parts begin, in order.
    is_overview: bool = False
    # Headings of the sections that a question wants a list of; the first passage is of the first.
    listed: Sequence[str] = ()
    # The question is only that: nothing was searched.
    small_talk: SmallTalk | None = None
    about: About = field(default_factory=About)
    # The dialog's instructions; empty: the engine's own.
    instructions: str = ""
    # What to say when the passages do not help; empty: the engine decides.
    empty_response: str = ""
    # What the client wants of the answer, besides; the instructions come first.
    wishes: str = ""
    # A secret word for the instructions, which must be in no answer; empty: there is none.
    canary: str = ""
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    # The dialog's `model_settings`, as they were entered, and its `api_key`: not in the repr.
    options: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """The next piece of what the model writes before its answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Questions to ask next, which the passages can answer: shown to be tapped, the best first."""

    questions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that the engine found itself, on its server, whose ids these are."""

    id: str = ""
    text: str = ""
    document_id: str = ""
    document_name: str = ""
    dataset_id: str = ""
    image_id: str = ""
    url: str | None = None
    doc_type: str = ""
    positions: Sequence[Sequence[float]] = ()
    similarity: float = 0.0
    vector_similarity: float = 0.0
    term_similarity: float = 0.0


@dataclass(frozen=True, slots=True)
class Sources:
    """What the engine found itself. The index of each, from 0, is the n of `[ID:n]`."""

    found: Sequence[Source]


@dataclass(frozen=True, slots=True)
class SessionElsewhere:
    """The id that the engine's server gave this conversation: the next prompt has it."""

    id: str


Event = Delta | Reasoning | Usage | Suggestions | Sources | SessionElsewhere


class Engine(Protocol):
    """A class that asks no model sets `uses_model = False`: its answers cost no model tokens.

    One that searches on a server of its own sets `searches_elsewhere = True`: it gets no passages,
    the ids of documents that the client names as they are, and neither knowledge bases nor files.
    One whose dialogs have other model settings than `openai` has `check_options(options)`, which
    says what is wrong with them, a sentence for each, and `option_names`, for which the admin has
    fields as far as it knows them.
    """

    def answer(self, prompt: Prompt) -> AsyncGenerator[Event, None]:
        """An async generator, which is closed early when the answer is stopped.

        Raises `EngineFailed` or `EngineTimedOut` with a sentence the person asking may read.
        """


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A question that can be searched by itself; empty if it could not be made."""

    question: str = ""
    usage: Usage | None = None


@runtime_checkable
class RewritingEngine(Protocol):
    """An engine whose model can make a question complete before it is searched."""

    async def rewrite(self, prompt: Prompt) -> Rewritten:
        """From the prompt's question and history, soon. Never raises: searching goes on without."""


@runtime_checkable
class TryableEngine(Protocol):
    """An engine that looks at its server in a way of its own when an operator tests a dialog."""

    async def try_question(self, prompt: Prompt) -> str:
        """The answer. Raises `EngineFailed` with the first thing that does not work."""


class EngineFailed(AppError):
    """The model's server failed or refused. The sentence names no key and no address."""

    code = HTTPStatus.BAD_GATEWAY


class EngineTimedOut(EngineFailed):
    """The model's server did not answer, or fell silent, for longer than allowed."""

    code = HTTPStatus.GATEWAY_TIMEOUT
