"""Full-text search in PostgreSQL: a GIN index over numbers, each of which stands for a term.

The number is the hash of the knowledge base, followed by the hash of the term: a search reads only
the postings of that knowledge base, as in SQLite, and finds them next to each other. PostgreSQL's
own text search would split the terms again, and drops very long ones. Hashes can be made to
collide, so each query also checks the owner of a chunk.
"""

# ruff: noqa: S608
# The queries are composed of the constants of this file, never of values.

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

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
    keys=f"{KEY_OF_BASE.format(term='asked.term')}, {KEY_OF_BASE.format(term='asked.other')}"
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
# A chunk's score is the sum of the weights of its terms, as far as they were looked up: of those
# that are in pairs, one sum for each set of them, which its bits name.
CANDIDATES = f"""
    SELECT chunk.rowid, chunk.terms, chunk.title_terms
    FROM (
        SELECT rowid, sum(weight) + (%s::float8[])[bit_or(bits) + 1] AS score
        FROM (
            SELECT chunk.rowid, asked.weight, asked.bits
            FROM ({OWN_BASES}) AS base
            CROSS JOIN unnest(%s::text[], %s::text[], %s::float8[], %s::int[], %s::int[])
                AS asked (term, other, weight, bits, most)
            CROSS JOIN LATERAL (
                SELECT rowid FROM ({HAVING_BOTH_TERMS}) AS chunk
                WHERE chunk.knowledge_base_id = base.id
                    AND (%s::uuid[] IS NULL OR chunk.document_id = ANY(%s))
                LIMIT asked.most
            ) AS chunk
        ) AS found
        GROUP BY rowid
        ORDER BY score DESC, rowid LIMIT %s
    ) AS best
    JOIN knowledge_chunk AS chunk ON chunk.rowid = best.rowid
    ORDER BY best.score DESC, best.rowid
"""
# A term in the title adds half of its weight again.
TITLE_WEIGHT = 0.5
# Reading a chunk's row takes some microseconds. Those that have one term only are all alike, and
# those that have more are found by pairs: so of each term not many more are read than are wanted.
ALONE_FACTOR = 2


class Asked(NamedTuple):
    """Chunks that have a term, or two."""

    term: str
    other: str
    # Nothing of terms that are in pairs: their bits say what they add.
    weight: float
    bits: int
    # How many to read; None: all.
    most: int | None


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
        if not weights:
            return []
        paired = in_pairs or {}
        most = ALONE_FACTOR * limit if paired else None
        asked = [*_alone(weights, paired, most), *_pairs(paired)]
        columns = [list(column) for column in zip(*asked, strict=True)]
        bases, doc_ids = (scope.owner_id, list(scope.kb_ids)), list(scope.doc_ids) or None
        parameters = [_sums(paired), *bases, *columns, doc_ids, doc_ids, limit]
        with self.connection.cursor() as cursor:
            cursor.execute(CANDIDATES, parameters)
            return [Candidate(*row) for row in cursor.fetchall()]


def _alone(
    weights: Mapping[str, float], paired: Mapping[str, float], most: int | None
) -> Iterator[Asked]:
    bits = _bits(paired)
    for term, weight in weights.items():
        yield Asked(term, term, 0.0 if term in bits else weight, bits.get(term, 0), most)
        title = f" {term}"
        yield Asked(title, title, TITLE_WEIGHT * weight, 0, None)


def _pairs(paired: Mapping[str, float]) -> Iterator[Asked]:
    bits = _bits(paired)
    for term, other in combinations(paired, 2):
        yield Asked(term, other, 0.0, bits[term] | bits[other], None)


def _bits(paired: Mapping[str, float]) -> dict[str, int]:
    return {term: 1 << place for place, term in enumerate(paired)}


def _sums(paired: Mapping[str, float]) -> list[float]:
    """The weight of each set of these terms, in the order of their bits."""
    sums = [0.0]
    for weight in paired.values():
        sums += [each + weight for each in sums]
    return sums
