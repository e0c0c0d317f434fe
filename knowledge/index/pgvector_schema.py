"""What PostgreSQL needs to index vectors with the extension `vector`, if it has that.

The vectors are a column that it computes from the packed ones, one for each number of dimensions.
Django does not know it, so that nothing else depends on the extension.
"""

# The statements are composed of the constants of this file and of numbers, never of other values.

from __future__ import annotations

import logging

from django.db import DatabaseError, connection, transaction

from knowledge.embedding.embedder import BuiltInEmbedder, current_embedder
from knowledge.embedding.encoder import DIMENSION

logger = logging.getLogger(__name__)

TABLE = "knowledge_chunkvectors"
COLUMN = "embedding_"
# The first version that goes on looking when much of what it found was deleted.
LEAST_VERSION = (0, 8)
# The most that it can index.
MAX_DIMENSION = 4_000

# Its body is read here and now, not when it runs: a backup is restored without a search path.
FUNCTION = """
    CREATE OR REPLACE FUNCTION knowledge_packed_vector(packed bytea)
    RETURNS halfvec LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT array_agg((get_byte(packed, place) # 128) - 128 ORDER BY place)::real[]::halfvec
        FROM generate_series(0, length(packed) - 1) AS place
    )
"""
ADD_COLUMN = f"""
    ALTER TABLE {TABLE} ADD COLUMN {COLUMN}{{dimension}} halfvec({{dimension}})
    GENERATED ALWAYS AS (
        CASE WHEN length(whole) = {{dimension}} THEN knowledge_packed_vector(whole) END
    ) STORED
"""


def install() -> None:
    """Creates the columns that are missing, if the extension is there or may be created. Called
    after every `migrate`. Of vectors that are there already it takes a while."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [TABLE])
        # No table: the app's migrations were undone.
        if cursor.fetchone() == (None,) or not _has_extension():
            return
    for dimension in sorted(_dimensions() - column_dimensions()):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(FUNCTION)
            cursor.execute(ADD_COLUMN.format(dimension=dimension))


def column_dimensions() -> frozenset[int]:
    """Of the columns that are there."""
    if connection.vendor != "postgresql":
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s)"
            " AND starts_with(attname, %s) AND NOT attisdropped",
            [TABLE, COLUMN],
        )
        return frozenset(int(name.removeprefix(COLUMN)) for (name,) in cursor.fetchall())


def _dimensions() -> set[int]:
    """Of the vectors that are there, and of those that the built-in encoder will make."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT embedding_dimension FROM knowledge_knowledgebase"
            " WHERE embedding_dimension BETWEEN 1 AND %s",
            [MAX_DIMENSION],
        )
        dimensions = {dimension for (dimension,) in cursor.fetchall()}
    if isinstance(current_embedder(), BuiltInEmbedder):
        dimensions.add(DIMENSION)
    return dimensions


def _has_extension() -> bool:
    """Creates it, if this role may."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT installed_version IS NOT NULL, coalesce(installed_version, default_version)"
            " FROM pg_available_extensions WHERE name = 'vector'"
        )
        found = cursor.fetchone()
    if found is None:
        return False
    is_created, version = found
    if tuple(map(int, version.split(".")[:2])) < LEAST_VERSION:
        logger.warning("The extension vector is too old for searching: %s", version)
        return False
    return is_created or _create_extension()


def _create_extension() -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION vector")
    except DatabaseError as error:
        logger.info("The extension vector cannot be created: %s", error)
        return False
    return True
