"""The audit log: who did what, when, from which address. Rows are added, and never changed."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Action(models.TextChoices):
    CONNECT = "connect", _("connected")
    REFUSED = "refused", _("refused")
    LIMITED = "limited", _("over a limit")
    TOKEN_ISSUED = "token_issued", _("API token issued")
    TOKEN_ROTATED = "token_rotated", _("API token rotated")
    TOKEN_REVOKED = "token_revoked", _("API token revoked")
    LOGIN = "login", _("logged in")
    LOGIN_FAILED = "login_failed", _("failed to log in")
    LOGOUT = "logout", _("logged out")
    READ = "read", _("read a conversation or a file")
    EXPORT = "export", _("exported")
    DELETE = "delete", _("deleted")
    ADD = "add", _("added in the admin")
    CHANGE = "change", _("changed in the admin")
    NOTICE = "notice", _("sent a notice")
    LEAK = "leak", _("an answer gave away its instructions")


class AppendOnly(models.QuerySet["AuditEvent"]):
    def update(self, **_: Any) -> NoReturn:
        raise TypeError("What the audit log says is never changed")

    def delete(self) -> NoReturn:
        raise TypeError("The audit log is cleaned up by its age only")


class AuditEvent(models.Model):
    """Stores names and ids, not foreign keys: it outlives what it speaks of."""

    at = models.DateTimeField(_("time"), default=timezone.now, db_index=True)
    action = models.CharField(_("action"), max_length=20, choices=Action, db_index=True)
    user_id = models.UUIDField(_("user id"), null=True, db_index=True)
    username = models.CharField(_("user"), max_length=150, blank=True)
    end_user = models.CharField(_("end user"), max_length=64, blank=True)
    address = models.CharField(_("address"), max_length=64, blank=True)
    # Its kind, and the hint of an API token.
    credential = models.CharField(_("credential"), max_length=64, blank=True)
    what = models.CharField(_("what"), max_length=200, blank=True)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    # Equal events within a second are one row.
    times = models.PositiveIntegerField(_("times"), default=1)

    objects = AppendOnly.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit log entries")
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.username} {self.get_action_display()} {self.what}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("What the audit log says is never changed")
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("The audit log is cleaned up by its age only")
