"""Retrieves what an answer is made from. Small talk needs nothing; a question that hangs on the
turn before stays with the passages that were cited there; any other is judged on its own.

Works in threads of the search: it reads the database, and compares sentences by meaning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chat.answers.cited_before import Cited, cited_before
from chat.answers.kind_retrieval import KindSearch, search_by_kind
from chat.answers.outlines import parts_asked_for
from chat.answers.references import chunk_of_file
from chat.answers.rewording import in_words_of_documents
from chat.answers.turn import Turn
from chat.answers.turn_search import evidence_of, frequencies_of, search_for
from chat.answers.whole_code import with_whole_code
from chat.engines.base import Passage
from chat.engines.extractive.follow_up_quotes import KINDS_OF_ANSWER, best_answer
from chat.engines.extractive.measures import measure_in
from chat.engines.extractive.superlatives import SUPERLATIVE
from chat.models import Attachment
from chat.questions import answerability, follow_up
from chat.questions.about_now import asks_about_now
from chat.questions.evidence import Evidence
from chat.questions.identifiers import unknown_identifiers
from chat.questions.language import has_chinese, is_foreign, language_of
from chat.questions.pronouns import with_subject
from chat.questions.question_kinds import QuestionKind, kind_of
from chat.questions.small_talk import SmallTalk, small_talk_of, without_courtesies
from chat.questions.term_weights import Frequencies, weights_of
from knowledge.embedding.sentence_vectors import similarities
from knowledge.search.by_id import neighbours
from knowledge.search.retrieval import distinct_terms, score_terms
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.search.topics import topics_of
from knowledge.text.analysis import fold, naming_terms, query_terms, text_terms
from knowledge.text.places import last_heading
from knowledge.translation.question_words import says_names

# Of a long question (a pasted page), the beginning tells what kind it is.
MAX_JUDGED_CHARS = 500
# Of which those in the language of the question are told.
MAX_TOPICS = 40
# The cosine from which on a sentence in another language answers a question.
MIN_FOREIGN_MEANING = 0.35
# ... where those in the language of the question do not.
MIN_MEANING_INSTEAD = 0.38
# How much less near in meaning they may be than these.
NEARLY_AS_NEAR = 0.06
# Added to it for a name of a Chinese question ("VPN") that it has.
NAME_BONUS = 0.1
# "How tall?" is no complete question in any language.
MIN_COMPLETE_TERMS = 2
# From which similarity on a heading says what a question asks.
MIN_SAME_HEADING = 0.55
# By which confidence is multiplied where only the subject of a question is known.
ONLY_SUBJECT = 0.5
# Passages in which a number with a unit may be the one that is asked for.
MAX_MEASURED = 2
# So many exchanges count as what was just said.
MAX_RECENT = 6


@dataclass(frozen=True, slots=True)
class Retrieved:
    chunks: Sequence[ScoredChunk] = ()
    # What was searched for, if that is not the question as it was asked.
    searched_question: str = ""
    # The question in words of the documents, if they have not its own.
    reworded: str = ""
    # How many of the chunks are of the turn before: 0 for a complete question.
    kept: int = 0
    # How many of others come before those: 1 if another one answers better.
    before_kept: int = 0
    # What was asked before, if the question hangs on it.
    hangs_on: str = ""
    # How sure it is that they answer the question, from 0 to 1.
    confidence: float = 1.0
    # Whether they are how the parts of a document begin, that is asked about as a whole.
    is_overview: bool = False
    # Headings of the sections that the question wants a list of.
    listed: Sequence[str] = ()
    small_talk: SmallTalk | None = None
    # What the documents are about, for small talk.
    topics: Sequence[str] = ()


def retrieve(turn: Turn, rewritten: str = "", judge: bool = True) -> Retrieved:
    """`rewritten`: the question as a model made it complete. `judge`: whether `confidence` is
    computed, which takes some milliseconds."""
    if not turn.files and (kind := small_talk_of(turn.question, turn.about.name)):
        topics = topics_of(turn.user_id, turn.kb_ids, MAX_TOPICS)
        return Retrieved(small_talk=kind, topics=topics)
    question = rewritten or without_courtesies(turn.question)
    searched = question if question != turn.question else ""
    if turn.files:
        return Retrieved([*_chunks_of_files(turn), *search_for(turn, question)], searched)
    before = cited_before(turn) if turn.history and not rewritten else None
    if parts := parts_asked_for(turn, question, before):
        return Retrieved(parts, searched, is_overview=True)
    if before and judge and (named := _with_subject(turn, question)):
        return named
    by_kind = search_by_kind(turn, question)
    if reworded := in_words_of_documents(by_kind):
        by_kind = search_by_kind(turn, reworded)
        found = _by_search(turn, by_kind, before, reworded, judge)
        return replace(found, reworded=reworded)
    return _by_search(turn, by_kind, before, searched, judge)


def _with_subject(turn: Turn, question: str) -> Retrieved | None:
    """What answers the question with the subject of those before it in the place of a pronoun; None
    if it has none, or nothing does."""
    asked = [past.question for past in turn.history[-MAX_RECENT:]]
    named = with_subject(question[:MAX_JUDGED_CHARS], asked)
    if not named:
        return None
    by_kind = search_by_kind(turn, named)
    found = _complete(turn, named, by_kind, None, frequencies_of(turn, named))
    own = {*naming_terms(question)} - KINDS_OF_ANSWER
    said = {*text_terms(evidence_of(found.chunks[0]).whole)} if found.chunks else set()
    if found.confidence < turn.answer_threshold or (own and own.isdisjoint(said)):
        return None
    return replace(found, searched_question=named, reworded=named)


def _by_search(
    turn: Turn, by_kind: KindSearch, before: Cited | None, searched: str, judge: bool
) -> Retrieved:
    """What a question needs that hangs on the turn before, or does not. `searched`: if it is not
    the question as it was asked."""
    question, found = by_kind.question, by_kind.best
    if not before and not judge:
        return Retrieved(found, searched)
    judged = question[:MAX_JUDGED_CHARS]
    frequencies = frequencies_of(turn, judged)
    same = _asked_elsewhere(by_kind, before) if before else []
    if same:
        return Retrieved(_first_of([*same, *found], turn.top_n), searched)
    if before and _is_follow_up(judged, by_kind, before, frequencies):
        continued = _follow_up(turn, question, before, judge)
        # What is told nowhere there may be a question of its own.
        if continued.confidence >= turn.answer_threshold or follow_up.points_back(judged):
            return continued
    if not judge:
        return Retrieved(found, searched)
    return replace(
        _complete(turn, judged, by_kind, before, frequencies), searched_question=searched
    )


def _complete(
    turn: Turn,
    judged: str,
    by_kind: KindSearch,
    before: Cited | None,
    frequencies: Frequencies,
) -> Retrieved:
    """What a question needs that does not hang on the turn before."""
    found = by_kind.best
    if sections := by_kind.sections():
        shown = _first_of([*sections.chunks, *found], max(turn.top_n, len(sections.chunks) + 1))
        return Retrieved(shown, listed=sections.names)
    quotable, confidence = _answering(turn, judged, by_kind, before, frequencies)
    if confidence < turn.answer_threshold:
        # A refusal quotes nothing: what was cited before may be the nearest there is.
        return Retrieved(found, confidence=confidence)
    besides = by_kind.besides()
    if quotable:
        besides = _in_language_of(quotable[0], besides)
    shown = with_whole_code(_first_of([*quotable, *besides]), turn.user_id)
    return Retrieved(shown, confidence=confidence)


def _answering(
    turn: Turn,
    judged: str,
    by_kind: KindSearch,
    before: Cited | None,
    frequencies: Frequencies,
) -> tuple[Sequence[ScoredChunk], float]:
    """What may be quoted, and how sure it is that it answers the question: in its own language, or
    else in another one; first of all what stands below a heading that asks the same."""
    texts = [evidence_of(chunk).whole for chunk in by_kind.likely]
    if unknown_identifiers(judged, texts) or asks_about_now(judged, texts):
        return by_kind.best, 0.0
    quotable, confidence = _judged(turn, judged, by_kind.best, before, frequencies)
    same, similarity = by_kind.asking_the_same()
    is_told = confidence >= turn.answer_threshold
    if same and not (is_told and is_foreign(same[0].text, judged)):
        return [*same, *quotable], max(confidence, similarity)
    if is_told:
        return quotable, confidence
    foreign = by_kind.foreign
    if foreign and _are_as_near(foreign, by_kind.likely) and says_names(foreign[0].text, judged):
        return foreign, _confidence_by_meaning(judged, foreign[0], MIN_MEANING_INSTEAD)
    return quotable, confidence


def _are_as_near(some: Sequence[ScoredChunk], others: Sequence[ScoredChunk]) -> bool:
    """Whether one of them is as near in meaning as any other: if what is in the language of the
    question is nearer and does not answer, what is in another one hardly does."""
    nearest = max(chunk.vector_similarity for chunk in others)
    return any(chunk.vector_similarity >= nearest - NEARLY_AS_NEAR for chunk in some)


def _in_language_of(one: ScoredChunk, chunks: Sequence[ScoredChunk]) -> list[ScoredChunk]:
    return [chunk for chunk in chunks if not is_foreign(chunk.text, one.text)]


def _first_of(chunks: Sequence[ScoredChunk], limit: int | None = None) -> list[ScoredChunk]:
    """Each once."""
    return [*{chunk.id: chunk for chunk in chunks}.values()][:limit]


def _is_follow_up(
    judged: str, by_kind: KindSearch, before: Cited, frequencies: Frequencies
) -> bool:
    found = by_kind.best
    if _is_complete(judged, by_kind, before):
        return False
    context = follow_up.Context([evidence_of(chunk) for chunk in before.chunks], before.said)
    features = follow_up.features_of(
        judged, [evidence_of(chunk) for chunk in found[:1]], context, frequencies
    )
    return follow_up.probability(features) >= follow_up.THRESHOLD


def _asked_elsewhere(by_kind: KindSearch, before: Cited) -> list[ScoredChunk]:
    """What stands below a heading that asks the same of what was talked about: "how do I revoke
    it?", and "How do I revoke a token?". What was cited may mention that, too."""
    if not follow_up.points_back(by_kind.question):
        return []
    same, _ = by_kind.asking_the_same()
    if not same or any(same[0].id == chunk.id for chunk in before.chunks):
        return []
    named = {*naming_terms(last_heading(same[0].place))} - {*naming_terms(by_kind.question)}
    said = {term for text in before.said for term in text_terms(text)}
    return [] if named.isdisjoint(said) else same


def _is_complete(question: str, by_kind: KindSearch, before: Cited) -> bool:
    """Whether a question in which no word points back is complete for sure: it changes to the
    language of what it finds, or the heading of a section elsewhere says or asks the same."""
    found = by_kind.best
    if not found or follow_up.points_back(question):
        return False
    if len(query_terms(question)) >= MIN_COMPLETE_TERMS and by_kind.asking_the_same()[0]:
        return True
    language = has_chinese(question)
    changes = has_chinese(before.question) != language == has_chinese(found[0].text)
    if changes and sum(map(_size, query_terms(question))) >= MIN_COMPLETE_TERMS:
        return True
    is_elsewhere = all(found[0].id != chunk.id for chunk in before.chunks)
    heading = last_heading(found[0].place)
    return is_elsewhere and similarities(question, [heading])[0] >= MIN_SAME_HEADING


def _size(term: str) -> int:
    """A Chinese word of two characters says as much as two English ones: "有多高" has one."""
    return len(term) if has_chinese(term) else 1


def _follow_up(turn: Turn, question: str, before: Cited, judge: bool) -> Retrieved:
    """What was cited, then its surroundings, then what a search for the subject finds."""
    kept, searched = before.chunks, f"{before.question[:MAX_JUDGED_CHARS]} {question}"
    others = [*neighbours(kept[0], turn.user_id), *search_for(turn, searched)]
    known = {chunk.id for chunk in kept}
    more = {chunk.id: chunk for chunk in _in_language_of(kept[0], others) if chunk.id not in known}
    chunks = [*kept, *more.values()][: max(turn.top_n, len(kept))]
    if not judge:
        return Retrieved(chunks, searched, kept=len(kept))
    passages = [Passage(c.text, c.document_name, c.place, c.similarity) for c in chunks]
    best = best_answer(question[:MAX_JUDGED_CHARS], passages, len(kept), before.question)
    # The passage that answers comes first, as it does for a complete question.
    chunks.insert(0, chunks.pop(best.passage))
    before_kept = int(best.passage >= len(kept))
    return Retrieved(
        chunks,
        searched,
        kept=len(kept),
        before_kept=before_kept,
        hangs_on=before.question,
        confidence=best.confidence,
    )


def _judged(
    turn: Turn,
    judged: str,
    found: Sequence[ScoredChunk],
    before: Cited | None,
    frequencies: Frequencies,
) -> tuple[Sequence[ScoredChunk], float]:
    """What may be quoted, and how sure it is that it answers the question."""
    weights = weights_of(judged, frequencies)
    # A comparison adds nothing but "larger" to what was said.
    if before and kind_of(judged).kind is not QuestionKind.BOTH:
        recent = turn.history[-MAX_RECENT:]
        said = [text for past in recent for text in (past.question, past.answer)]
        found = [
            chunk
            for chunk in found
            if chunk.id.hex not in before.cited_lately
            or answerability.adds_to(judged, evidence_of(chunk), said, weights)
        ]
    if found and is_foreign(found[0].text, judged):
        return found, _confidence_by_meaning(judged, found[0])
    found = [chunk for chunk in found if not is_foreign(chunk.text, judged)]
    evidence = [evidence_of(chunk) for chunk in found]
    features = answerability.features_of(judged, evidence, weights, frequencies.total)
    sure = answerability.confidence(features, language_of(judged), not before)
    if features and _knows_only_subject(judged, evidence, weights):
        sure *= ONLY_SUBJECT
    return found, sure


def _knows_only_subject(
    question: str, evidence: Sequence[Evidence], weights: Mapping[str, float]
) -> bool:
    """Which one is the most, a table may tell without a word of it. How tall something is, is told
    nowhere if no number with such a unit is there."""
    if SUPERLATIVE.search(fold(question)):
        return False
    measure = measure_in(question)
    is_told = measure and any(measure.search(each.text) for each in evidence[:MAX_MEASURED])
    return not is_told and answerability.knows_only_subject(
        question, evidence, weights, of_section=measure is not None
    )


def _confidence_by_meaning(
    question: str, best: ScoredChunk, least: float = MIN_FOREIGN_MEANING
) -> float:
    """No word is the same in two languages, but for names."""
    heading = last_heading(best.place)
    texts = [*evidence_of(best).sentences(), *([heading] if heading else [])]
    meaning = max(similarities(question, texts), default=0.0)
    if has_chinese(question):
        names = {term for term in query_terms(question) if term.isascii() and term.isalpha()}
        meaning += NAME_BONUS * (not names.isdisjoint(text_terms(best.text)))
    return min(1.0, max(0.0, 0.5 + 2 * (meaning - least)))


def _chunks_of_files(turn: Turn) -> list[ScoredChunk]:
    """The best chunks of the attached files. Equal scores keep the order of the file, so that
    "what does this say?" is answered from its beginning."""
    # Read here, in a thread of the search. A file may have been deleted since the turn was opened.
    stored = dict(
        Attachment.objects.filter(pk__in=[file.pk for file in turn.files]).values_list(
            "pk", "passages"
        )
    )
    passages = [(file, passage) for file in turn.files for passage in stored.get(file.pk, ())]
    scores = score_terms(turn.question, [_terms_of(passage) for _, passage in passages])
    ranked = sorted(zip(scores, passages, strict=True), key=lambda pair: -pair[0])
    return [chunk_of_file(*passage, score) for score, passage in ranked[: turn.top_n]]


def _terms_of(passage: dict[str, str]) -> str:
    """Files that were uploaded before terms were stored have none."""
    return passage["terms"] if "terms" in passage else distinct_terms(passage["text"])
