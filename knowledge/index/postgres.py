"""Full-text search in PostgreSQL: a GIN index over numbers, each of which stands for a term.

The number is the hash of the knowledge base, followed by that of the term: a search reads the
postings of that base alone, as it does in SQLite, and finds them side by side. PostgreSQL's own
text search would cut the terms again, and keeps none that is very long. Hashes can be made to
collide, so whose a chunk is gets checked as well.
"""

# ruff: noqa: S608
# The queries are put together from the constants of this file, never from values.

from collections.abc import Mapping, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

from knowledge.index.base import Candidate, Frequencies, Scope

KEY = "(uuid_hash({base})::bigint << 32) | (hashtext({term})::bigint & 4294967295)"
# A term of the title has a second key, made of the term behind a space: no term has one in it.
# The cost keeps PostgreSQL from calling it for rows, where it could look into the index.
# Another body needs another name, and its index too: one that is there is not built again.
KEYS = f"""
    CREATE OR REPLACE FUNCTION knowledge_chunk_keys(base uuid, terms text, title_terms text)
    RETURNS bigint[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
        SELECT array_agg({KEY.format(base="base", term="term")}) FROM (
            SELECT unnest(string_to_array(terms || ' ' || title_terms, ' '))
            UNION ALL
            SELECT ' ' || unnest(string_to_array(title_terms, ' '))
        ) AS found (term)
    $$
"""
INSTALL = (
    KEYS,
    # Texts live beside the table, so that the rows a search counts are close together.
    "ALTER TABLE knowledge_chunk SET (toast_tuple_target = 128)",
    # Entries that wait to be sorted in would slow down every search until they are.
    """
    CREATE INDEX IF NOT EXISTS knowledge_chunk_by_key ON knowledge_chunk
    USING gin (knowledge_chunk_keys(knowledge_base_id, terms, title_terms))
    WITH (fastupdate = off)
    """,
)

# Whose knowledge bases they are is settled here, inside each query.
OWN_BASES = "SELECT id FROM knowledge_knowledgebase WHERE owner_id = %s AND id = ANY(%s)"
# OFFSET 0 makes PostgreSQL look up each key by itself; it would at times rather read all chunks.
HAVING_KEY = f"""
    SELECT rowid, document_id, knowledge_base_id FROM knowledge_chunk
    WHERE knowledge_chunk_keys(knowledge_base_id, terms, title_terms)
        && ARRAY[{KEY.format(base="base.id", term="term.text")}]
    OFFSET 0
"""
# The first row is of all chunks, which would take long to count; the others of those with a term.
COUNTS = f"""
    SELECT NULL, coalesce(sum(chunk_count), 0) FROM knowledge_document
    WHERE knowledge_base_id IN ({OWN_BASES})
    UNION ALL
    SELECT term.text, count(*)
    FROM ({OWN_BASES}) AS base
    CROSS JOIN unnest(%s::text[]) AS term (text)
    CROSS JOIN LATERAL ({HAVING_KEY}) AS chunk
    WHERE chunk.knowledge_base_id = base.id
    GROUP BY term.text
"""
CANDIDATES = f"""
    SELECT chunk.rowid, chunk.terms, chunk.title_terms
    FROM (
        SELECT chunk.rowid, sum(term.worth) AS score
        FROM ({OWN_BASES}) AS base
        CROSS JOIN unnest(%s::text[], %s::float8[]) AS term (text, worth)
        CROSS JOIN LATERAL ({HAVING_KEY}) AS chunk
        WHERE chunk.knowledge_base_id = base.id
            AND (%s::uuid[] IS NULL OR chunk.document_id = ANY(%s))
        GROUP BY chunk.rowid
        ORDER BY score DESC, chunk.rowid LIMIT %s
    ) AS best
    JOIN knowledge_chunk AS chunk ON chunk.rowid = best.rowid
    ORDER BY best.score DESC, best.rowid
"""
# A term in the title is worth half as much again.
IN_TITLE = 0.5


class PostgresIndex:
    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection

    def install(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT to_regclass('knowledge_chunk'), to_regclass('knowledge_chunk_by_key')"
            )
            table, index = cursor.fetchone()
            # No table: the app was migrated away.
            if table is None or index is not None:
                return
            for statement in INSTALL:
                cursor.execute(statement)

    def frequencies(self, terms: Sequence[str], scope: Scope) -> Frequencies:
        bases = (scope.owner_id, list(scope.kb_ids))
        with self.connection.cursor() as cursor:
            cursor.execute(COUNTS, [*bases, *bases, list(terms)])
            (_, total), *counts = cursor.fetchall()
            return Frequencies(total, dict(counts))

    def candidates(self, worth: Mapping[str, float], scope: Scope, limit: int) -> list[Candidate]:
        terms = [*worth, *(f" {term}" for term in worth)]
        values = [*worth.values(), *(IN_TITLE * value for value in worth.values())]
        only = list(scope.doc_ids) or None
        with self.connection.cursor() as cursor:
            cursor.execute(
                CANDIDATES,
                [scope.owner_id, list(scope.kb_ids), terms, values, only, only, limit],
            )
            return [Candidate(*row) for row in cursor.fetchall()]
