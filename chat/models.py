"""The conversation: dialogs, sessions, messages, and the files sent with a question."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import APIToken
from chat.validation import (
    check_engine,
    check_model_settings,
    check_settings_for,
    check_starters,
)
from core.encryption import decrypt, encrypt
from core.ids import new_id

# RAGFlow's. Said in the language of the question, as long as the dialog has no other.
EMPTY_RESPONSE = "Sorry! No relevant content was found in the knowledge base!"


def default_engine() -> str:
    return settings.DEFAULT_ENGINE


class Dialog(models.Model):
    """A configured assistant (`chat_id`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="dialogs", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True)
    engine = models.CharField(
        _("engine"), max_length=50, default=default_engine, validators=[check_engine]
    )
    knowledge_bases = models.ManyToManyField(
        "knowledge.KnowledgeBase", blank=True, verbose_name=_("knowledge bases")
    )
    prompt = models.TextField(
        _("prompt"),
        blank=True,
        help_text=_("Instructions for the model. Empty: the built-in ones."),
    )
    opener = models.TextField(_("opener"), default="Hi! What would you like to know?", blank=True)
    starters = models.JSONField(
        _("starters"),
        default=list,
        blank=True,
        validators=[check_starters],
        help_text=_("Questions to begin with, one a line, at most six."),
    )
    empty_response = models.TextField(
        _("empty response"),
        default=EMPTY_RESPONSE,
        blank=True,
        help_text=_(
            "Said when nothing relevant is found. As it is at first: in the language of the "
            "question. Empty: the model answers on its own."
        ),
    )
    similarity_threshold = models.FloatField(
        _("similarity threshold"),
        default=0.2,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text=_("From 0 to 1: passages less similar to the question are left out."),
    )
    top_n = models.PositiveSmallIntegerField(
        _("passages"), default=6, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    answer_threshold = models.FloatField(
        _("answer threshold"),
        default=0.5,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text=_(
            "From 0 to 1: how sure it must be that the passages answer the question, before they "
            "are quoted. 0: they always are. Models judge by themselves."
        ),
    )
    rewrites_questions = models.BooleanField(
        _("complete questions before searching"),
        default=True,
        help_text=_(
            "The model makes “and how much of it?” a question that can be searched, by one short "
            "request. Without a model, and if it fails, the passages cited before are kept."
        ),
    )
    stop_after_seconds_alone = models.PositiveIntegerField(
        _("stop after seconds alone"),
        null=True,
        blank=True,
        help_text=_(
            "An answer without readers is stopped after so many seconds, to save cost. "
            "Empty: never."
        ),
    )
    for_mini_programs = models.BooleanField(
        _("open to mini programs"),
        default=False,
        help_text=_(
            "All who log in by a mini program of this server may ask it, and read what its "
            "knowledge bases say."
        ),
    )
    model_settings = models.JSONField(
        _("model settings"),
        default=dict,
        blank=True,
        validators=[check_model_settings],
        help_text=_('For example {"model": "qwen3", "temperature": 0.1}.'),
    )
    # Never shown, and no part of any form: `chat.admin.model_key_form` sets it.
    encrypted_model_key = models.TextField(default="", blank=True, editable=False)
    detect_leaks = models.BooleanField(
        _("stop answers that give away the instructions"),
        default=False,
        help_text=_(
            "A secret word is added to the instructions; an answer that says it fails at once."
        ),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("dialog")
        verbose_name_plural = _("dialogs")
        ordering = ["name"]
        constraints = [models.UniqueConstraint("owner", Lower("name"), name="unique_dialog_name")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if isinstance(self.model_settings, dict):
            self._move_model_key()
        self._check_name()

    def _check_name(self) -> None:
        """The constraint, as an error of the field; forms without the owner would not check it."""
        others = Dialog.objects.filter(owner=self.owner_id).exclude(pk=self.pk)
        if others.filter(Exact(Lower("name"), Lower(Value(self.name)))).exists():
            sentence = gettext("There is a dialog “%(name)s” of this owner already.")
            raise ValidationError({"name": sentence % {"name": self.name}})

    def _move_model_key(self) -> None:
        """A key among the model settings is moved to its own column."""
        check_settings_for(self.engine, self.model_settings)
        if "api_key" in self.model_settings:
            options = dict(self.model_settings)
            self.set_model_key(options.pop("api_key"))
            self.model_settings = options

    def set_model_key(self, key: str) -> None:
        """Empty: the dialog has none."""
        self.encrypted_model_key = encrypt(key) if key else ""

    def model_options(self) -> dict[str, Any]:
        """Its model settings, with its key. Raises `Undecryptable`."""
        if not self.encrypted_model_key:
            return dict(self.model_settings)
        return {**self.model_settings, "api_key": decrypt(self.encrypted_model_key)}


class ClientFields(models.Model):
    """What programs of another system have set of a dialog that a dialog has nothing for, to be
    given back to them as it was sent."""

    dialog = models.OneToOneField(
        Dialog, models.CASCADE, primary_key=True, related_name="client_fields"
    )
    fields = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.dialog_id.hex[:8]


class ChatSession(models.Model):
    """A conversation (`session_id`). Django's own sessions are always "login sessions"."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dialog = models.ForeignKey(
        Dialog, models.CASCADE, related_name="sessions", verbose_name=_("dialog")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="chat_sessions",
        verbose_name=_("user"),
    )
    # The end user of the user's program that it belongs to; empty: the user's own.
    end_user = models.CharField(_("end user"), max_length=64, blank=True)
    name = models.CharField(_("name"), max_length=255)
    # The id that a remote RAGFlow gave it, if one keeps the conversation, too.
    remote_id = models.CharField(max_length=64, blank=True, default="", editable=False)
    # The branch that it shows, and that goes on: the id of the edited question that began it.
    branch = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["user", "end_user", "dialog", "-updated_at"])]

    def __str__(self) -> str:
        """Not its name, which is its first question: the admin shows and keeps this text in many
        places."""
        return f"{self.pk.hex[:8]} ({self.created_at:%Y-%m-%d %H:%M})"


class Attachment(models.Model):
    """A file uploaded for a question (`files`): its text, parsed and cut into chunks."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="attachments",
        verbose_name=_("owner"),
    )
    end_user = models.CharField(_("end user"), max_length=64, blank=True)
    name = models.CharField(_("name"), max_length=255)
    size = models.PositiveBigIntegerField(_("size"))
    # [{"place": …, "text": …, "terms": …}, …] as the chunker made them, with the terms of each.
    passages = models.JSONField()
    # What it counts for the owner's quota: what was sent, or what is stored of it if that is more.
    stored_bytes = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return f"{self.pk.hex[:8]} ({self.created_at:%Y-%m-%d %H:%M})"


class Message(models.Model):
    """One utterance. A question is complete from the start, an answer is pending until it ends."""

    class Role(models.TextChoices):
        USER = "user", _("question")
        ASSISTANT = "assistant", _("answer")

    class Rating(models.TextChoices):
        UP = "up", _("good")
        DOWN = "down", _("bad")

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        COMPLETE = "complete", _("complete")
        STOPPED = "stopped", _("stopped")
        FAILED = "failed", _("failed")
        INTERRUPTED = "interrupted", _("interrupted")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    session = models.ForeignKey(ChatSession, models.CASCADE, related_name="messages")
    role = models.CharField(max_length=9, choices=Role)
    status = models.CharField(max_length=11, choices=Status, default=Status.COMPLETE)
    content = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    # Of a question.
    # An edited one: its first version. It begins a branch, and the old one is kept.
    edit_of = models.ForeignKey("self", models.CASCADE, null=True, related_name="edits")
    # The edited question with which its branch begins; none in the first branch.
    branch = models.UUIDField(null=True)
    kb_ids = models.JSONField(default=list, blank=True)
    doc_ids = models.JSONField(default=list, blank=True)
    attachments = models.ManyToManyField(Attachment, blank=True, related_name="+")
    request_id = models.CharField(max_length=64, blank=True)
    # A hash of the caller, the dialog and the request_id: the same question is never asked twice.
    request_key = models.CharField(max_length=64, null=True, unique=True)
    request_digest = models.CharField(max_length=64, blank=True)
    # With which it was asked, if any.
    token = models.ForeignKey(APIToken, models.SET_NULL, null=True, related_name="+")
    # Whether its terms are saved. There are none as long as it is pending.
    is_indexed = models.BooleanField(default=False, db_default=False)

    # Of an answer.
    question = models.ForeignKey("self", models.CASCADE, null=True, related_name="answers")
    reasoning = models.TextField(blank=True)
    reference = models.JSONField(default=dict, blank=True)
    usage = models.JSONField(default=dict, blank=True)
    # Questions to ask next.
    suggestions = models.JSONField(default=list, blank=True)
    # What was searched for, if that is not the question as it was asked.
    searched_question = models.TextField(blank=True)
    error_code = models.PositiveSmallIntegerField(null=True)
    error = models.TextField(blank=True)
    first_token_ms = models.PositiveIntegerField(null=True)
    total_ms = models.PositiveIntegerField(null=True)
    rating = models.CharField(max_length=4, blank=True, choices=Rating)
    comment = models.TextField(blank=True)
    # The hub that writes it, and when it last did: after a while without a write, it is abandoned.
    hub = models.CharField(max_length=40, blank=True)
    written_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["created_at"]
        indexes = [
            models.Index(fields=["session", "created_at"]),
            models.Index(
                fields=["session"],
                condition=models.Q(edit_of__isnull=False),
                name="edited_questions",
            ),
            models.Index(
                fields=["session"], condition=models.Q(is_indexed=False), name="unindexed_messages"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["session"],
                condition=models.Q(role="assistant", status="pending"),
                name="one_pending_answer_per_session",
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.pk.hex[:8]}"


class MessageTerms(models.Model):
    """The terms of what a message says, by which conversations are found; `chat.sql.message_index`
    is over them. The database deletes them with the message, by a trigger: an answer that ends at
    the moment when a user deletes its session must neither fail nor leave its words behind."""

    message = models.ForeignKey(Message, models.DO_NOTHING, related_name="+", db_constraint=False)
    terms = models.TextField()

    def __str__(self) -> str:
        return f"terms of {self.message_id.hex[:8]}"


class AnswerPiece(models.Model):
    """Text of a pending answer. When the answer ends, its message gets the whole text, and the
    pieces are deleted."""

    # No constraint in the database: a piece saved at the moment when a user deletes the session
    # must not make that fail. The unique key is index enough.
    answer = models.ForeignKey(
        Message, models.CASCADE, related_name="pieces", db_constraint=False, db_index=False
    )
    is_reasoning = models.BooleanField()
    # In bytes of UTF-8.
    start = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "is_reasoning", "start"], name="one_piece_at_each_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.answer_id.hex[:8]} {self.start}"
