"""Tickets: single-use rights to open a socket."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models.api_tokens import APIToken
from accounts.models.logins import Login


class Ticket(models.Model):
    """The right to connect once. It is made from an API token or a login, and ends with it."""

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tickets")
    token = models.ForeignKey(APIToken, models.CASCADE, null=True, related_name="tickets")
    login = models.ForeignKey(Login, models.CASCADE, null=True, related_name="tickets")
    scopes = models.JSONField()
    # None: all dialogs of the user.
    dialogs = models.JSONField(null=True)
    end_user = models.CharField(max_length=64, blank=True)
    # When the ticket expires, and when the socket that it opened is closed.
    expires_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"for {self.user} {self.end_user}".rstrip()
