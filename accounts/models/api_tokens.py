"""API tokens: `ragflow-…` secrets, of which only the hash is stored."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.token_validators import check_dialog_ids, check_origins, check_scopes
from accounts.scopes import Scope
from core.ids import new_id


def all_scopes() -> list[str]:
    return [scope.value for scope in Scope]


class APITokenQuerySet(models.QuerySet["APIToken"]):
    def in_state(self, state: str) -> APITokenQuerySet:
        expired = models.Q(expires_at__lte=timezone.now())
        match state:
            case APIToken.State.REVOKED:
                return self.exclude(revoked_at=None)
            case APIToken.State.EXPIRED:
                return self.filter(expired, revoked_at=None)
            case _:
                active = models.Q(expires_at=None) | ~expired
                return self.filter(active, revoked_at=None)


class APIToken(models.Model):
    """A `ragflow-…` secret that authenticates a program. It is shown once; its hash is stored."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        EXPIRED = "expired", _("expired")
        REVOKED = "revoked", _("revoked")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(_("hint"), max_length=24, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=all_scopes, validators=[check_scopes])
    # Ids in hex, not foreign keys: the table of dialogs belongs to an app above this one.
    dialogs = models.JSONField(
        _("dialogs"), default=list, blank=True, validators=[check_dialog_ids]
    )
    origins = models.JSONField(_("origins"), default=list, blank=True, validators=[check_origins])
    allow_in_url = models.BooleanField(_("may be sent in an address"), default=True)
    replaced_by = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="replaces",
        verbose_name=_("replaced by"),
    )
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    last_used_from = models.GenericIPAddressField(
        _("last used from"), null=True, blank=True, editable=False
    )
    questions = models.PositiveBigIntegerField(_("questions"), default=0, editable=False)
    model_tokens = models.PositiveBigIntegerField(
        _("tokens of the model"), default=0, editable=False
    )

    objects = APITokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint})"

    @property
    def state(self) -> State:
        if self.revoked_at is not None:
            return self.State.REVOKED
        if self.expires_at is not None and self.expires_at <= timezone.now():
            return self.State.EXPIRED
        return self.State.ACTIVE
