"""Models: knowledge bases, their documents, and the chunks that documents are split into."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.ids import new_id
from knowledge.text.places import SEPARATOR

PAGE = re.compile(rf"page (\d+)(?:{SEPARATOR}|$)")


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
    chunk_chars = models.PositiveIntegerField(
        _("characters of a chunk"),
        null=True,
        blank=True,
        validators=[MinValueValidator(100), MaxValueValidator(20_000)],
        help_text=_(
            "How long a passage gets at most; empty: as the settings say. It applies to documents "
            "that are read from then on; those that are there can be read again."
        ),
    )
    # What programs of other systems keep with it. Nothing is read or found by it.
    extra = models.JSONField(default=dict, blank=True, editable=False)
    # Of its vectors. Empty: it has none yet.
    embedding_model = models.CharField(
        _("embedding model"), max_length=200, blank=True, editable=False
    )
    embedding_dimension = models.PositiveSmallIntegerField(null=True, editable=False)
    # Since when chunks may lack vectors; None: all have them.
    vectors_due_since = models.DateTimeField(null=True, default=timezone.now, editable=False)
    # While a worker makes vectors: until when it must renew that.
    vectors_lease_until = models.DateTimeField(null=True, editable=False)
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

    def stored_bytes(self) -> int:
        """The size of their originals."""
        total: int = self.aggregate(total=models.Sum("stored_bytes", default=0))["total"]
        return total


class Document(models.Model):
    """One file of a knowledge base. An upload of the same name replaces it.

    The status is that of the last upload, or of the last time it was to be read again. Until that
    is `ready`, the version before it is still searched.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        READING = "reading", _("being read")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        STOPPED = "stopped", _("stopped")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    knowledge_base = models.ForeignKey(
        KnowledgeBase, models.CASCADE, related_name="documents", verbose_name=_("knowledge base")
    )
    name = models.CharField(_("name"), max_length=255)
    # The title in the document's own text or metadata, if any.
    title = models.CharField(_("title"), max_length=255, blank=True, editable=False)
    digest = models.CharField(max_length=64, editable=False, blank=True)
    size = models.PositiveBigIntegerField(_("size"), default=0, editable=False)
    # Names in the storage of originals: of the version that is searched, and of a later upload that
    # is not read yet, or could not be.
    file = models.CharField(max_length=200, editable=False, blank=True)
    new_file = models.CharField(max_length=200, editable=False, blank=True)
    new_digest = models.CharField(max_length=64, editable=False, blank=True)
    # What both have together.
    stored_bytes = models.PositiveBigIntegerField(default=0, editable=False)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.QUEUED)
    error = models.TextField(_("error"), blank=True, editable=False)
    # Its place in the queue, while it waits.
    rank = models.PositiveBigIntegerField(null=True, editable=False, db_index=True)
    # While it is read: by which claim, and until when that must be renewed.
    claim = models.UUIDField(null=True, editable=False, db_index=True)
    lease_until = models.DateTimeField(null=True, editable=False, db_index=True)
    # How often reading it began since it was queued.
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    progress = models.PositiveSmallIntegerField(_("progress"), default=0, editable=False)
    # Lists of a time (milliseconds since 1970), an event of `reading_log`, and a detail.
    log = models.JSONField(_("log"), default=list, editable=False)
    chunk_count = models.PositiveIntegerField(_("chunks"), default=0, editable=False)
    # What programs of other systems keep with it. Nothing is read or found by it.
    extra = models.JSONField(default=dict, blank=True, editable=False)
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
        indexes = [models.Index(fields=["knowledge_base", "rank"], name="queue_of_knowledge_base")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether it waits or is being read."""
        return self.status in (self.Status.QUEUED, self.Status.READING)

    @property
    def note(self) -> str:
        """What a page shows beside the status."""
        if self.status == self.Status.READING and self.progress:
            return f"{self.progress} %"
        return self.problem

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
    # Of a chunk that is switched off, both are empty, and it has no vectors: no search finds it.
    terms = models.TextField(blank=True)
    title_terms = models.TextField(blank=True)
    is_enabled = models.BooleanField(_("searched"), default=True)
    # What it shall be found by, besides its text.
    keywords = models.JSONField(_("keywords"), default=list, blank=True)
    questions = models.JSONField(_("questions"), default=list, blank=True)

    class Meta:
        ordering = ["document", "position"]
        constraints = [
            models.UniqueConstraint(fields=["document", "position"], name="unique_chunk_position")
        ]

    def __str__(self) -> str:
        return f"{self.document} · {self.place or self.position}"

    @property
    def page(self) -> int | None:
        """The number of its page in a PDF, for addresses that end in `#page=3`."""
        found = PAGE.match(self.place)
        return int(found[1]) if found else None


class ChunkVectors(models.Model):
    """What a chunk means, as vectors of an embedding model. Written after the chunk, never changed:
    another model's are new rows. So those with higher ids are what a process has not seen yet."""

    id = models.BigAutoField(primary_key=True)
    chunk = models.OneToOneField(Chunk, models.CASCADE, related_name="vectors")
    knowledge_base = models.ForeignKey(
        KnowledgeBase, models.CASCADE, related_name="+", db_index=False
    )
    model = models.CharField(max_length=200)
    # As `knowledge.embedding.packing` writes them: of the whole text, and of its sentences.
    whole = models.BinaryField()
    sentences = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["knowledge_base", "model", "id"], name="vectors_of_base")]

    def __str__(self) -> str:
        return f"{self.chunk_id} · {self.model}"
