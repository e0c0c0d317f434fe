"""Full-text search in PostgreSQL: a GIN index over numbers, each of which stands for a term.

The number is the hash of the knowledge base, followed by the hash of the term: a search reads only
the postings of that knowledge base, as in SQLite, and finds them next to each other. PostgreSQL's
own text search would split the terms again, and drops very long ones. Hashes can be made to
collide, so each query also checks the owner of a chunk.
"""

# ruff: noqa: S608
# The queries are composed of the constants of this file, never of values.

from collections.abc import Mapping, Sequence
from itertools import combinations

from django.db.backends.base.base import BaseDatabaseWrapper

from knowledge.index.base import Candidate, SearchScope

KEY = "(uuid_hash({base})::bigint << 32) | (hashtext({term})::bigint & 4294967295)"
# A term of the title has a second key: that of the term after a space, which no term contains.
# Every sixteenth chunk has the keys of its terms again, after two spaces: common terms are counted
# by them.
# The cost keeps PostgreSQL from calling the function for each row instead of using the index.
# A change of the body needs a new name for the function and for its index: an index that exists is
# not built again.
SAMPLING = 16
KEYS = f"""
    CREATE OR REPLACE FUNCTION knowledge_chunk_sampled_keys(
        rowid bigint, base uuid, terms text, title_terms text
    )
    RETURNS bigint[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
        SELECT array_agg({KEY.format(base="base", term="term")}) FROM (
            SELECT unnest(string_to_array(terms || ' ' || title_terms, ' '))
            UNION ALL
            SELECT ' ' || unnest(string_to_array(title_terms, ' '))
            UNION ALL
            SELECT '  ' || unnest(string_to_array(terms || ' ' || title_terms, ' '))
            WHERE rowid % {SAMPLING} = 0
        ) AS found (term)
    $$
"""
INSTALL = (
    KEYS,
    # Texts are stored outside the table, so that the rows a search counts are close together.
    "ALTER TABLE knowledge_chunk SET (toast_tuple_target = 128)",
    # Without the list of pending entries, which every search would have to scan.
    """
    CREATE INDEX IF NOT EXISTS knowledge_chunk_by_sampled_key ON knowledge_chunk
    USING gin (knowledge_chunk_sampled_keys(rowid, knowledge_base_id, terms, title_terms))
    WITH (fastupdate = off)
    """,
    # Those of earlier versions.
    "DROP INDEX IF EXISTS knowledge_chunk_by_key",
    "DROP FUNCTION IF EXISTS knowledge_chunk_keys",
)

# Each query checks the owner of the knowledge bases by this subquery.
OWN_BASES = "SELECT id FROM knowledge_knowledgebase WHERE owner_id = %s AND id = ANY(%s)"
# OFFSET 0 makes PostgreSQL look up each key separately; at times it would rather read all chunks.
HAVING_KEYS = """
    SELECT rowid, document_id, knowledge_base_id FROM knowledge_chunk
    WHERE knowledge_chunk_sampled_keys(rowid, knowledge_base_id, terms, title_terms)
        @> ARRAY[{keys}]
    OFFSET 0
"""
KEY_OF_BASE = KEY.format(base="base.id", term="{term}")
HAVING_TERM = HAVING_KEYS.format(keys=KEY_OF_BASE.format(term="term.text"))
HAVING_SAMPLED_TERM = HAVING_KEYS.format(keys=KEY_OF_BASE.format(term="('  ' || term.text)"))
HAVING_BOTH_TERMS = HAVING_KEYS.format(
    keys=f"{KEY_OF_BASE.format(term='pair.term')}, {KEY_OF_BASE.format(term='pair.other')}"
)
# Counting takes some microseconds for each chunk, so terms that are in so many of the sample are
# not counted in all. The estimate is right to a fifth, and a weight is the logarithm of it.
ENOUGH = 24
# The number of chunks with each term.
COUNTS = f"""
    SELECT term.text, sum(
        CASE WHEN sampled.count >= {ENOUGH} THEN sampled.count * {SAMPLING} ELSE (
            SELECT count(*) FROM ({HAVING_TERM}) AS chunk
            WHERE chunk.knowledge_base_id = base.id
        ) END
    )::bigint
    FROM ({OWN_BASES}) AS base
    CROSS JOIN unnest(%s::text[]) AS term (text)
    CROSS JOIN LATERAL (
        SELECT count(*) FROM ({HAVING_SAMPLED_TERM}) AS chunk
        WHERE chunk.knowledge_base_id = base.id
    ) AS sampled
    GROUP BY term.text
"""
# A chunk's score is the sum of the weights of its terms, as far as they were looked up.
CANDIDATES = f"""
    SELECT chunk.rowid, chunk.terms, chunk.title_terms
    FROM (
        SELECT rowid, sum(weight) AS score
        FROM (
            SELECT DISTINCT chunk.rowid, term.text, term.weight
            FROM ({OWN_BASES}) AS base
            CROSS JOIN unnest(%s::text[], %s::text[], %s::float8[], %s::float8[])
                AS pair (term, other, weight, other_weight)
            CROSS JOIN LATERAL ({HAVING_BOTH_TERMS}) AS chunk
            CROSS JOIN LATERAL (
                VALUES (pair.term, pair.weight), (pair.other, pair.other_weight)
            ) AS term (text, weight)
            WHERE chunk.knowledge_base_id = base.id
                AND (%s::uuid[] IS NULL OR chunk.document_id = ANY(%s))
        ) AS found
        GROUP BY rowid
        ORDER BY score DESC, rowid LIMIT %s
    ) AS best
    JOIN knowledge_chunk AS chunk ON chunk.rowid = best.rowid
    ORDER BY best.score DESC, best.rowid
"""
# A term in the title adds half of its weight again.
TITLE_WEIGHT = 0.5


class PostgresIndex:
    finds_pairs = True

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection

    def install(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT to_regclass('knowledge_chunk'),"
                " to_regclass('knowledge_chunk_by_sampled_key')"
            )
            table, index = cursor.fetchone()
            # No table: the app's migrations were undone.
            if table is None or index is not None:
                return
            for statement in INSTALL:
                cursor.execute(statement)

    def counts(self, terms: Sequence[str], scope: SearchScope) -> dict[str, int]:
        bases = (scope.owner_id, list(scope.kb_ids))
        with self.connection.cursor() as cursor:
            cursor.execute(COUNTS, [*bases, list(terms)])
            return {term: count for term, count in cursor.fetchall() if count}

    def candidates(
        self,
        weights: Mapping[str, float],
        scope: SearchScope,
        limit: int,
        in_pairs: Mapping[str, float] | None = None,
    ) -> list[Candidate]:
        titles = {f" {term}": TITLE_WEIGHT * weight for term, weight in weights.items()}
        # A term alone is a pair of the same.
        pairs = [((term, term), (weight, weight)) for term, weight in {**weights, **titles}.items()]
        for (term, weight), (other, other_weight) in combinations((in_pairs or {}).items(), 2):
            if term not in weights or other not in weights:
                pairs.append(((term, other), (weight, other_weight)))
        columns = (
            [terms[0] for terms, _ in pairs],
            [terms[1] for terms, _ in pairs],
            [values[0] for _, values in pairs],
            [values[1] for _, values in pairs],
        )
        bases, doc_ids = (scope.owner_id, list(scope.kb_ids)), list(scope.doc_ids) or None
        with self.connection.cursor() as cursor:
            cursor.execute(CANDIDATES, [*bases, *columns, doc_ids, doc_ids, limit])
            return [Candidate(*row) for row in cursor.fetchall()]
