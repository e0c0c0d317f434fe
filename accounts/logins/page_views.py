"""Pages on which people sign in by a login link, and sign out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.logins.login_links import use_login_link
from accounts.models import User
from accounts.revocation.broadcast import publish_credential_change


class SignOut(LogoutView):
    """Ends the login session, and with it the sockets that its cookie opened."""

    next_page = "login"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        response = super().post(request, *args, **kwargs)
        if isinstance(user, User):
            publish_credential_change(users=[user.pk])
        return response


@require_safe
@never_cache
def open_login_link(request: HttpRequest, secret: str) -> HttpResponse:
    # Previews and scanners send HEAD, which must not use the link up.
    user = use_login_link(secret) if request.method == "GET" else None
    if user is None:
        return render(request, "accounts/link_over.html", status=410)
    login(request, user)
    return redirect("/")
