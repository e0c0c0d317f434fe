"""Who you are: users, their API tokens and logins, tickets, and links that sign in once."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.audit.models import AuditEvent as AuditEvent  # where Django looks for models
from accounts.person_models import Person
from accounts.scopes import Scope
from accounts.validation import check_dialog_ids, check_origins, check_scopes
from ids import new_id


def all_scopes() -> list[str]:
    return [scope.value for scope in Scope]


class User(AbstractUser):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    @property
    def login_stamp(self) -> str:
        """Changes with the password: a login that carries an older stamp has ended."""
        return salted_hmac("accounts.login_stamp", self.password, algorithm="sha256").hexdigest()[
            :32
        ]


class APITokenQuerySet(models.QuerySet["APIToken"]):
    def in_state(self, state: str) -> APITokenQuerySet:
        expired = models.Q(expires_at__lte=timezone.now())
        match state:
            case APIToken.State.REVOKED:
                return self.exclude(revoked_at=None)
            case APIToken.State.EXPIRED:
                return self.filter(expired, revoked_at=None)
            case _:
                alive = models.Q(expires_at=None) | ~expired
                return self.filter(alive, revoked_at=None)


class APIToken(models.Model):
    """A `ragflow-…` secret a program signs in with. It is shown once; its hash is kept."""

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
    # The ids of those it is restricted to, as hex: the table is on a floor above.
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


class Login(models.Model):
    """A program somebody logged in with. Its JWTs and refresh tokens end when it does."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="logins", verbose_name=_("user")
    )
    # Who came by a mini program, and is the user's end user.
    person = models.ForeignKey(
        Person,
        models.CASCADE,
        null=True,
        editable=False,
        related_name="logins",
        verbose_name=_("mini program user"),
    )
    # The only ones it is for; None: all that the person may ask.
    dialogs = models.JSONField(null=True, editable=False)
    # `current_stamp` at that time: a new password ends the logins made before it.
    stamp = models.CharField(max_length=32, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("login")
        verbose_name_plural = _("logins")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.person or self.user} ({self.created_at:%Y-%m-%d %H:%M})"

    @property
    def current_stamp(self) -> str:
        """Those who come by a mini program have no password that could change."""
        return "" if self.person_id else self.user.login_stamp

    def is_good(self) -> bool:
        return (
            self.ended_at is None
            and self.expires_at > timezone.now()
            and self.user.is_active
            and self.stamp == self.current_stamp
            and not (self.person and self.person.blocked_at)
        )


class RefreshToken(models.Model):
    """Good for one new JWT. Used ones are kept: one that comes again ends its login."""

    digest = models.CharField(max_length=64, primary_key=True)
    login = models.ForeignKey(Login, models.CASCADE, related_name="refresh_tokens")
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"of {self.login}"


class Ticket(models.Model):
    """The right to connect once, made from an API token or a login, and ending with it."""

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tickets")
    token = models.ForeignKey(APIToken, models.CASCADE, null=True, related_name="tickets")
    login = models.ForeignKey(Login, models.CASCADE, null=True, related_name="tickets")
    scopes = models.JSONField()
    # None: all of the user's.
    dialogs = models.JSONField(null=True)
    end_user = models.CharField(max_length=64, blank=True)
    # Until when it lets in, and until when whoever it let in may stay.
    expires_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"for {self.user} {self.end_user}".rstrip()


class LoginLink(models.Model):
    """The right to sign in once by opening an address, as quickstart prints it."""

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="login_links")
    # The user's at that time: a new password ends the links made before it.
    stamp = models.CharField(max_length=32)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"for {self.user}"
