"""Models: knowledge bases, their documents, and the chunks that documents are split into."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.ids import new_id


class KnowledgeBaseQuerySet(models.QuerySet["KnowledgeBase"]):
    def owned_by(self, user: AbstractBaseUser) -> KnowledgeBaseQuerySet:
        return self.filter(owner_id=user.pk)


class KnowledgeBase(models.Model):
    """A set of documents that are searched together (`kb_ids`; RAGFlow: dataset)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="knowledge_bases",
        verbose_name=_("owner"),
    )
    name = models.CharField(_("name"), max_length=128)
    description = models.TextField(_("description"), blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = KnowledgeBaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("knowledge base")
        verbose_name_plural = _("knowledge bases")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="unique_knowledge_base_name")
        ]

    def __str__(self) -> str:
        return self.name


class DocumentQuerySet(models.QuerySet["Document"]):
    def owned_by(self, user: AbstractBaseUser) -> DocumentQuerySet:
        return self.filter(knowledge_base__owner_id=user.pk)


class Document(models.Model):
    """One file of a knowledge base. An upload of the same name replaces it.

    It is `failed` if its last upload could not be read; the earlier version is then still searched.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    knowledge_base = models.ForeignKey(
        KnowledgeBase, models.CASCADE, related_name="documents", verbose_name=_("knowledge base")
    )
    name = models.CharField(_("name"), max_length=255)
    # The title in the document's own text or metadata, if any.
    title = models.CharField(_("title"), max_length=255, blank=True, editable=False)
    digest = models.CharField(max_length=64, editable=False, blank=True)
    size = models.PositiveBigIntegerField(_("size"), default=0, editable=False)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PENDING)
    error = models.TextField(_("error"), blank=True, editable=False)
    chunk_count = models.PositiveIntegerField(_("chunks"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["knowledge_base", "name"], name="unique_document_name")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def problem(self) -> str:
        """Why the last upload could not be read, in the active language; empty if it could."""
        if self.status != self.Status.FAILED:
            return ""
        why = gettext(self.error or "The file could not be read.")
        note = gettext("The version before it is still searched.")
        return f"{why} {note}" if self.chunk_count else why


class Chunk(models.Model):
    """A part of a document, which is found and cited by itself. The index contains its terms."""

    # The full-text index refers to rows by number.
    rowid = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True, default=new_id, editable=False)
    document = models.ForeignKey(Document, models.CASCADE, related_name="chunks")
    knowledge_base = models.ForeignKey(KnowledgeBase, models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()
    place = models.CharField(max_length=500, blank=True)
    text = models.TextField()
    terms = models.TextField()
    title_terms = models.TextField(blank=True)

    class Meta:
        ordering = ["document", "position"]
        constraints = [
            models.UniqueConstraint(fields=["document", "position"], name="unique_chunk_position")
        ]

    def __str__(self) -> str:
        return f"{self.document} · {self.place or self.position}"
