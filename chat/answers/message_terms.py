"""The terms of messages, by which conversations are found: saved with each message, and for those
that were saved in other ways, when the index is next used."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.expressions import RawSQL

from chat.models import Message, MessageTerms
from chat.sql.message_index import find_sql
from core.statements import insert_each
from knowledge.text.analysis import query_terms, text_terms

# What a message says behind is not found, nor are words beyond that length told apart.
MAX_CHARS, MAX_TERM_CHARS = 50_000, 64


def terms_of(text: str) -> str:
    """Each once, separated by spaces."""
    return " ".join({term[:MAX_TERM_CHARS]: None for term in text_terms(text[:MAX_CHARS])})


def save(message_id: UUID, text: str) -> None:
    """Call it in the transaction that saves the message, with `is_indexed`."""
    if terms := terms_of(text):
        insert_each(MessageTerms, ("message", "terms"), [(message_id, terms)])


def index_some(limit: int) -> int:
    """Index messages that are not indexed yet, if they have ended; returns how many."""
    unindexed = Message.objects.filter(is_indexed=False).exclude(status=Message.Status.PENDING)
    # Another process may be at it.
    skip = connection.features.has_select_for_update_skip_locked
    if not unindexed.exists():
        return 0
    with transaction.atomic():
        rows = unindexed.select_for_update(skip_locked=skip).order_by()
        found = list(rows.values_list("pk", "content")[:limit])
        ids = [pk for pk, _ in found]
        MessageTerms.objects.filter(message__in=ids).delete()
        MessageTerms.objects.bulk_create(_rows(found))
        Message.objects.filter(pk__in=ids).update(is_indexed=True)
    return len(ids)


def _rows(messages: Iterable[tuple[UUID, str]]) -> list[MessageTerms]:
    terms = ((pk, terms_of(content)) for pk, content in messages)
    return [MessageTerms(message_id=pk, terms=found) for pk, found in terms if found]


def sessions_with(text: str, *, as_it_is: bool = False) -> Q:
    """Whether all terms of a text are in one of the session's messages. `as_it_is`: the text, too,
    as it always has to be in messages that are not indexed yet."""
    messages = Message.objects.order_by()
    # Two subqueries: the condition of both in one would be asked of every message.
    unindexed = messages.filter(is_indexed=False, content__icontains=text)
    if not (terms := [term[:MAX_TERM_CHARS] for term in query_terms(text)]):
        return Q(pk__in=unindexed.values("session"))
    sql, parameter = find_sql(terms)
    indexed = messages.filter(pk__in=RawSQL(sql, [parameter]))  # noqa: S611 - constants
    if as_it_is:
        indexed = indexed.filter(content__icontains=text)
    return Q(pk__in=indexed.values("session")) | Q(pk__in=unindexed.values("session"))
