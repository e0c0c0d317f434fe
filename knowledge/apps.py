"""The app of knowledge bases. Its indexes are installed after every `migrate`."""

from typing import Any

from django.apps import AppConfig
from django.core.checks import register
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models.signals import post_delete, post_migrate
from django.utils.translation import gettext_lazy as _

from knowledge.checks import check_embedding, check_index
from knowledge.index import pgvector_schema
from knowledge.index.current_index import get_index, has_index
from knowledge.originals import delete_on_commit


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    verbose_name = _("Knowledge")

    def ready(self) -> None:
        register(check_index)
        register(check_embedding)
        post_migrate.connect(install_index, sender=self)
        # A signal, since documents are also deleted with their knowledge base, or with its owner.
        post_delete.connect(delete_originals, sender=self.get_model("Document"))


def install_index(using: str, **_kwargs: Any) -> None:
    if has_index(using):
        get_index(using).install()
    if using == DEFAULT_DB_ALIAS and connection.vendor == "postgresql":
        pgvector_schema.install()


def delete_originals(instance: Any, **_kwargs: Any) -> None:
    delete_on_commit([instance.file, instance.new_file])
