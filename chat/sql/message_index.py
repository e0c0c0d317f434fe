"""The full-text index of messages, over the terms that `chat_messageterms` has of each. Triggers
keep both in step with the messages: what is deleted cannot be found any more."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import DEFAULT_DB_ALIAS, connections

# A word of fewer letters, or one of Chinese, is looked up as it is; others also as beginnings.
MIN_PREFIX = 3

SQLITE = (
    # The terms are of our own analyser, so the tokenizer has only to split at spaces.
    """
    CREATE VIRTUAL TABLE IF NOT EXISTS chat_message_index
    USING fts5(terms, content='', tokenize='ascii')
    """,
    """
    CREATE TRIGGER IF NOT EXISTS chat_messageterms_added AFTER INSERT ON chat_messageterms BEGIN
        INSERT INTO chat_message_index(rowid, terms) VALUES (new.id, new.terms);
    END
    """,
    # A contentless FTS5 table has to be told the terms of the row that it is to delete.
    """
    CREATE TRIGGER IF NOT EXISTS chat_messageterms_removed AFTER DELETE ON chat_messageterms BEGIN
        INSERT INTO chat_message_index(chat_message_index, rowid, terms)
        VALUES ('delete', old.id, old.terms);
    END
    """,
    # The terms may be older than their index, or an index that was here before.
    "INSERT INTO chat_message_index(chat_message_index) VALUES ('delete-all')",
    "INSERT INTO chat_message_index(rowid, terms) SELECT id, terms FROM chat_messageterms",
    """
    CREATE TRIGGER IF NOT EXISTS chat_message_removed AFTER DELETE ON chat_message BEGIN
        DELETE FROM chat_messageterms WHERE message_id = old.id;
    END
    """,
)
POSTGRESQL = (
    # Unlike `to_tsvector`, this takes the terms as they are.
    """
    CREATE INDEX IF NOT EXISTS chat_messageterms_by_term ON chat_messageterms
    USING gin (array_to_tsvector(string_to_array(terms, ' ')))
    """,
    """
    CREATE OR REPLACE FUNCTION chat_message_removed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM chat_messageterms WHERE message_id = old.id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER chat_message_removed AFTER DELETE ON chat_message
    FOR EACH ROW EXECUTE FUNCTION chat_message_removed()
    """,
)
INSTALL = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
UNINSTALL = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS chat_message_removed",
        "DROP TRIGGER IF EXISTS chat_messageterms_added",
        "DROP TRIGGER IF EXISTS chat_messageterms_removed",
    ),
    "postgresql": ("DROP TRIGGER IF EXISTS chat_message_removed ON chat_message",),
}
# Whether all triggers are there: a migration that alters a table may make it anew without its own.
INSTALLED = {
    "sqlite": """
        SELECT count(*) = 3 FROM sqlite_master
        WHERE type = 'trigger' AND tbl_name IN ('chat_message', 'chat_messageterms')
    """,
    "postgresql": """
        SELECT count(*) = 1 FROM pg_trigger
        WHERE tgname = 'chat_message_removed' AND tgrelid = to_regclass('chat_message')
    """,
}
# The ids of the messages that have all terms.
FIND = {
    "sqlite": """
        SELECT terms.message_id FROM chat_message_index
        JOIN chat_messageterms AS terms ON terms.id = chat_message_index.rowid
        WHERE chat_message_index MATCH %s
    """,
    "postgresql": """
        SELECT message_id FROM chat_messageterms
        WHERE array_to_tsvector(string_to_array(terms, ' ')) @@ %s::tsquery
    """,
}


def install(using: str = DEFAULT_DB_ALIAS) -> None:
    """After each migration."""
    connection = connections[using]
    # No table: the app's migrations were undone.
    if (
        connection.vendor not in INSTALL
        or "chat_messageterms" not in connection.introspection.table_names()
    ):
        return
    with connection.cursor() as cursor:
        cursor.execute(INSTALLED[connection.vendor])
        if not cursor.fetchone()[0]:
            for statement in INSTALL[connection.vendor]:
                cursor.execute(statement)


def uninstall(using: str = DEFAULT_DB_ALIAS) -> None:
    """Before the tables of its triggers are altered: SQLite renames none that a trigger misses."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in UNINSTALL.get(connection.vendor, ()):
            cursor.execute(statement)


def find_sql(terms: Sequence[str], using: str = DEFAULT_DB_ALIAS) -> tuple[str, str]:
    """The query for the ids of messages with all terms, and its parameter."""
    vendor = connections[using].vendor
    joiner, write = {"sqlite": (" AND ", _fts5), "postgresql": (" & ", _tsquery)}[vendor]
    return FIND[vendor], joiner.join(map(write, terms))


def _fts5(term: str) -> str:
    return f'"{term}" *' if _is_prefix(term) else f'"{term}"'


def _tsquery(term: str) -> str:
    return f"'{term}':*" if _is_prefix(term) else f"'{term}'"


def _is_prefix(term: str) -> bool:
    return len(term) >= MIN_PREFIX and term.isascii()
