"""Signing in: a JWT for programs, a link or a form for people."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.changes import tell_of_change
from accounts.links import use_login_link
from accounts.login_jwt import issue_jwt
from accounts.models import User
from accounts.passwords import log_in, username_of


class LoginSerializer(serializers.Serializer[None]):
    username = serializers.CharField(required=False, max_length=254)
    email = serializers.CharField(required=False, max_length=254)
    password = serializers.CharField(trim_whitespace=False, max_length=4096)

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        if ("username" in attrs) == ("email" in attrs):
            raise serializers.ValidationError("Send either `username` or `email`")
        return attrs


class LogIn(APIView):
    """`POST {"username" or "email", "password"}` → a login JWT."""

    # Who logs in again may well send the credential that has just expired.
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        form = LoginSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        name = form.validated_data.get("username") or username_of(form.validated_data["email"])
        issued = issue_jwt(log_in(name, form.validated_data["password"]))
        body = {
            "access_token": issued.text,
            "token_type": "Bearer",
            "expires_in": issued.lifetime_s,
        }
        return Response(body, headers={"Cache-Control": "no-store"})


class LogOut(LogoutView):
    """The cookie's login session ends, and with it the sockets that were opened by it."""

    next_page = "login"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        response = super().post(request, *args, **kwargs)
        if isinstance(user, User):
            tell_of_change(users=[user.pk])
        return response


@require_safe
@never_cache
def open_login_link(request: HttpRequest, secret: str) -> HttpResponse:
    # HEAD is what previews and scanners send: only opening the link uses it up.
    user = use_login_link(secret) if request.method == "GET" else None
    if user is None:
        return render(request, "accounts/link_over.html", status=410)
    login(request, user)
    return redirect("/")
