from django.apps.registry import Apps
from django.db import migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from chat.sql import message_index
from knowledge.text.analysis import text_terms

BATCH = 500
MAX_CHARS, MAX_TERM_CHARS = 50_000, 64


def index_messages(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """In batches, so that a server that still runs waits for none of them long. If it is stopped,
    it goes on where it was."""
    messages = apps.get_model("chat", "Message").objects.using(editor.connection.alias)
    terms = apps.get_model("chat", "MessageTerms").objects.using(editor.connection.alias)
    unindexed = messages.filter(is_indexed=False).exclude(status="pending").order_by()
    while ids := list(unindexed.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic(editor.connection.alias):
            rows = messages.filter(pk__in=ids, is_indexed=False).select_for_update()
            found = [(pk, terms_of(content)) for pk, content in rows.values_list("pk", "content")]
            terms.bulk_create(terms.model(message_id=pk, terms=text) for pk, text in found if text)
            messages.filter(pk__in=ids).update(is_indexed=True)


def install(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Django's signal after `migrate` does it as well, but not for what migrates without it."""
    message_index.install(editor.connection.alias)


def uninstall(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    message_index.uninstall(editor.connection.alias)


def terms_of(text: str) -> str:
    return " ".join({term[:MAX_TERM_CHARS]: None for term in text_terms(text[:MAX_CHARS])})


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("chat", "0017_message_terms")]

    operations = [
        migrations.RunPython(index_messages, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(install, uninstall, elidable=True),
    ]
