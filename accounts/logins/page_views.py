"""Pages on which people sign in by a login link, and sign out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.logins.login_links import use_login_link, user_of_login_link
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


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def open_login_link(request: HttpRequest, secret: str) -> HttpResponse:
    """A page with one button. Programs that look at links ahead of people send GET, which must
    neither use the link up nor sign a person into an account that they did not choose."""
    is_pressed = request.method == "POST"
    user = use_login_link(secret) if is_pressed else user_of_login_link(secret)
    if user is None:
        return render(request, "accounts/link_over.html", status=410)
    if not is_pressed:
        return render(request, "accounts/link.html", {"link_user": user})
    login(request, user)
    return redirect("/")
