"""REST API of logins: programs log in with a password, refresh their JWT, and log out."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authenticate import find_identity
from accounts.errors import NotAuthenticated
from accounts.logins.passwords import authenticate_user, username_of
from accounts.logins.refresh_tokens import (
    IssuedLogin,
    begin_login,
    end_login_by_refresh_token,
    end_logins,
    refresh_login,
)
from accounts.models import Login
from accounts.rest.authentication import credentials_in


class LoginSerializer(serializers.Serializer[None]):
    username = serializers.CharField(required=False, max_length=254)
    email = serializers.CharField(required=False, max_length=254)
    password = serializers.CharField(trim_whitespace=False, max_length=4096)

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        if ("username" in attrs) == ("email" in attrs):
            raise serializers.ValidationError("Send either `username` or `email`")
        return attrs


class RefreshSerializer(serializers.Serializer[None]):
    refresh_token = serializers.CharField(max_length=100)


class LogIn(APIView):
    """`POST {"username" or "email", "password"}` → a login JWT and a refresh token."""

    # A client that logs in again may still send the credential that has just expired.
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        form = LoginSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        typed = data.get("username") or data["email"]
        name = data.get("username") or username_of(data["email"])
        user = authenticate_user(request._request, name, data["password"], typed)
        return login_response(begin_login(user))


class Refresh(APIView):
    """`POST {"refresh_token"}` → the next JWT, and the next refresh token."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        form = RefreshSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return login_response(refresh_login(form.validated_data["refresh_token"]))


class EndLogin(APIView):
    """`POST {"refresh_token"}`, or nothing but the JWT → the login ends."""

    # A client with a refresh token may send an expired JWT along.
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        form = RefreshSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        if "refresh_token" in form.validated_data:
            end_login_by_refresh_token(form.validated_data["refresh_token"])
            return Response(None)
        identity = find_identity(credentials_in(request))
        if identity is None or identity.login_id is None:
            raise NotAuthenticated("Send the `refresh_token`, or the login JWT in `Authorization`")
        end_logins(Login.objects.filter(pk=identity.login_id))
        return Response(None)


def login_response(issued: IssuedLogin) -> Response:
    body = {
        "access_token": issued.access.text,
        "token_type": "Bearer",
        "expires_in": issued.access.lifetime_s,
        "refresh_token": issued.refresh_token,
        "refresh_expires_in": issued.refresh_lifetime_s,
    }
    return Response(body, headers={"Cache-Control": "no-store"})
