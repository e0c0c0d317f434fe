"""Full-text search in SQLite: an FTS5 table over the terms of the chunks, updated by triggers.

The terms come from our own analyser, so the tokenizer has only to split at spaces. In the index
every term is prefixed with the id of its knowledge base: a search reads only the postings of that
knowledge base, so it takes no longer, and finds nothing else, for what other users store.
"""

# ruff: noqa: S608
# The queries are composed of the constants of this file, never of values.

import json
from collections.abc import Mapping, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

from knowledge.index.base import Candidate, SearchScope

TABLES = (
    """
    CREATE VIRTUAL TABLE IF NOT EXISTS knowledge_chunk_index
    USING fts5(terms, title_terms, content='', tokenize='ascii')
    """,
    """
    CREATE VIRTUAL TABLE IF NOT EXISTS knowledge_chunk_vocabulary
    USING fts5vocab(knowledge_chunk_index, row)
    """,
)

PREFIXED = ", ".join(
    f"{{row}}.knowledge_base_id || replace({{row}}.{column}, ' ', ' ' || {{row}}.knowledge_base_id)"
    for column in ("terms", "title_terms")
)
ADD = f"""
    INSERT INTO knowledge_chunk_index(rowid, terms, title_terms)
    VALUES (new.rowid, {PREFIXED.format(row="new")});
"""
# A contentless FTS5 table has to be told the terms of the row that it is to delete.
REMOVE = f"""
    INSERT INTO knowledge_chunk_index(knowledge_chunk_index, rowid, terms, title_terms)
    VALUES ('delete', old.rowid, {PREFIXED.format(row="old")});
"""
TRIGGERS = {
    "knowledge_chunk_added": f"AFTER INSERT ON knowledge_chunk BEGIN {ADD} END",
    "knowledge_chunk_removed": f"AFTER DELETE ON knowledge_chunk BEGIN {REMOVE} END",
    "knowledge_chunk_changed": f"AFTER UPDATE ON knowledge_chunk BEGIN {REMOVE} {ADD} END",
}
REBUILD = (
    "INSERT INTO knowledge_chunk_index(knowledge_chunk_index) VALUES ('delete-all')",
    f"""
    INSERT INTO knowledge_chunk_index(rowid, terms, title_terms)
    SELECT chunk.rowid, {PREFIXED.format(row="chunk")} FROM knowledge_chunk AS chunk
    """,
)

# Each query checks the owner of the knowledge bases by this subquery.
OWN_BASES = """
    SELECT id FROM knowledge_knowledgebase
    WHERE owner_id = %s AND id IN (SELECT value FROM json_each(%s))
"""
# The number of chunks with each term.
COUNTS = f"""
    SELECT term.value, sum(vocabulary.doc)
    FROM ({OWN_BASES}) AS base, json_each(%s) AS term
    JOIN knowledge_chunk_vocabulary AS vocabulary ON vocabulary.term = base.id || term.value
    GROUP BY term.value
"""
# A title counts three times. The plus in `+rowid` below keeps SQLite from running the search again
# for each row of a document.
CANDIDATES = f"""
    SELECT chunk.rowid, chunk.terms, chunk.title_terms
    FROM (
        SELECT rowid, bm25(knowledge_chunk_index, 1.0, 3.0) AS score
        FROM knowledge_chunk_index
        WHERE knowledge_chunk_index MATCH (
            SELECT coalesce(group_concat('"' || base.id || term.value || '"', ' OR '), '""')
            FROM ({OWN_BASES}) AS base, json_each(%s) AS term
        )
        {{document_filter}}
        ORDER BY score LIMIT %s
    ) AS best
    JOIN knowledge_chunk AS chunk ON chunk.rowid = best.rowid
    ORDER BY best.score
"""
DOCUMENT_FILTER = """
        AND +rowid IN (
            SELECT rowid FROM knowledge_chunk
            WHERE document_id IN (SELECT value FROM json_each(%s))
        )
"""


class SQLiteIndex:
    finds_pairs = False

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection

    def install(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE tbl_name = 'knowledge_chunk'")
            present = {name for (name,) in cursor.fetchall()}
            # No table: the app's migrations were undone. All triggers: nothing is missing.
            if "knowledge_chunk" not in present or present >= TRIGGERS.keys():
                return
            # A migration that alters the table creates it anew, without its triggers.
            triggers = (
                f"CREATE TRIGGER IF NOT EXISTS {name} {action}" for name, action in TRIGGERS.items()
            )
            for statement in (*TABLES, *triggers, *REBUILD):
                cursor.execute(statement)

    def counts(self, terms: Sequence[str], scope: SearchScope) -> dict[str, int]:
        with self.connection.cursor() as cursor:
            cursor.execute(COUNTS, [*_own_bases(scope), json.dumps(terms)])
            return dict(cursor.fetchall())

    def candidates(
        self,
        weights: Mapping[str, float],
        scope: SearchScope,
        limit: int,
        in_pairs: Mapping[str, float] | None = None,
    ) -> list[Candidate]:
        doc_ids = [json.dumps([doc_id.hex for doc_id in scope.doc_ids])] if scope.doc_ids else []
        query = CANDIDATES.format(document_filter=DOCUMENT_FILTER if doc_ids else "")
        with self.connection.cursor() as cursor:
            cursor.execute(query, [*_own_bases(scope), json.dumps([*weights]), *doc_ids, limit])
            return [Candidate(*row) for row in cursor.fetchall()]


def _own_bases(scope: SearchScope) -> list[str]:
    """The two parameters of `OWN_BASES`."""
    return [scope.owner_id.hex, json.dumps([kb_id.hex for kb_id in scope.kb_ids])]
