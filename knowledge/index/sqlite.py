"""Full-text search in SQLite: an FTS5 table over the terms of the chunks, kept by triggers.

The terms come from our own analyser, so the tokenizer has only to cut at the spaces. In the index
every term is prefixed with its knowledge base: a search reads the postings of that base alone,
and takes no longer, and finds nothing else, for what other people keep in theirs.
"""

# ruff: noqa: S608
# The queries are put together from the constants of this file, never from values.

import json
from collections.abc import Mapping, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

from knowledge.index.base import Candidate, Frequencies, Scope

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
# A table that keeps no content has to be told what it had of a row.
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

# Whose knowledge bases they are is settled here, inside each query.
OWN_BASES = """
    SELECT id FROM knowledge_knowledgebase
    WHERE owner_id = %s AND id IN (SELECT value FROM json_each(%s))
"""
# The first row is of all chunks, the others of those with a term.
COUNTS = f"""
    SELECT NULL, count(*) FROM knowledge_chunk WHERE knowledge_base_id IN ({OWN_BASES})
    UNION ALL
    SELECT term.value, sum(vocabulary.doc)
    FROM ({OWN_BASES}) AS base, json_each(%s) AS term
    JOIN knowledge_chunk_vocabulary AS vocabulary ON vocabulary.term = base.id || term.value
    GROUP BY term.value
"""
# A title counts three times. The plus keeps SQLite from searching anew for each row of a document.
CANDIDATES = f"""
    SELECT chunk.rowid, chunk.terms, chunk.title_terms
    FROM (
        SELECT rowid, bm25(knowledge_chunk_index, 1.0, 3.0) AS score
        FROM knowledge_chunk_index
        WHERE knowledge_chunk_index MATCH (
            SELECT coalesce(group_concat('"' || base.id || term.value || '"', ' OR '), '""')
            FROM ({OWN_BASES}) AS base, json_each(%s) AS term
        )
        {{only}}
        ORDER BY score LIMIT %s
    ) AS best
    JOIN knowledge_chunk AS chunk ON chunk.rowid = best.rowid
    ORDER BY best.score
"""
ONLY_DOCUMENTS = """
        AND +rowid IN (
            SELECT rowid FROM knowledge_chunk
            WHERE document_id IN (SELECT value FROM json_each(%s))
        )
"""


class SQLiteIndex:
    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection

    def install(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE tbl_name = 'knowledge_chunk'")
            present = {name for (name,) in cursor.fetchall()}
            # No table: the app was migrated away. All triggers: nothing happened since last time.
            if "knowledge_chunk" not in present or present >= TRIGGERS.keys():
                return
            # A migration that alters the table makes it anew, without its triggers.
            triggers = (
                f"CREATE TRIGGER IF NOT EXISTS {name} {action}" for name, action in TRIGGERS.items()
            )
            for statement in (*TABLES, *triggers, *REBUILD):
                cursor.execute(statement)

    def frequencies(self, terms: Sequence[str], scope: Scope) -> Frequencies:
        with self.connection.cursor() as cursor:
            bases = _own_bases(scope)
            cursor.execute(COUNTS, [*bases, *bases, json.dumps(terms)])
            (_, total), *counts = cursor.fetchall()
            return Frequencies(total, dict(counts))

    def candidates(self, worth: Mapping[str, float], scope: Scope, limit: int) -> list[Candidate]:
        only = [json.dumps([doc_id.hex for doc_id in scope.doc_ids])] if scope.doc_ids else []
        query = CANDIDATES.format(only=ONLY_DOCUMENTS if only else "")
        with self.connection.cursor() as cursor:
            cursor.execute(query, [*_own_bases(scope), json.dumps([*worth]), *only, limit])
            return [Candidate(*row) for row in cursor.fetchall()]


def _own_bases(scope: Scope) -> list[str]:
    """The two values that `OWN_BASES` wants."""
    return [scope.owner_id.hex, json.dumps([kb_id.hex for kb_id in scope.kb_ids])]
