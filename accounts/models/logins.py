"""Logins of programs, their refresh tokens, and one-time login links."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Person
from core.ids import new_id


class Login(models.Model):
    """A program's login: its JWTs and refresh tokens end when it does."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="logins", verbose_name=_("user")
    )
    # The mini program user who logged in, as an end user of `user`.
    person = models.ForeignKey(
        Person,
        models.CASCADE,
        null=True,
        editable=False,
        related_name="logins",
        verbose_name=_("mini program user"),
    )
    # The only dialogs it may use; None: all that the person may ask.
    dialogs = models.JSONField(null=True, editable=False)
    # `current_stamp` when it began: a new password ends the logins made before it.
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
        """Empty for mini program users, who have no password."""
        return "" if self.person_id else self.user.login_stamp

    def is_valid(self) -> bool:
        return (
            self.ended_at is None
            and self.expires_at > timezone.now()
            and self.user.is_active
            and self.stamp == self.current_stamp
            and not (self.person and self.person.blocked_at)
        )


class RefreshToken(models.Model):
    """Good for one new JWT. Used ones are kept: a second use ends the login."""

    digest = models.CharField(max_length=64, primary_key=True)
    login = models.ForeignKey(Login, models.CASCADE, related_name="refresh_tokens")
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"of {self.login}"


class LoginLink(models.Model):
    """The right to sign in once by opening an address, as quickstart prints it."""

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="login_links")
    # The user's `login_stamp` then: a new password ends the links made before it.
    stamp = models.CharField(max_length=32)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"for {self.user}"
