"""API tokens over HTTP, for people who have logged in: no token makes, changes or ends another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_tokens.restrictions import Restrictions
from accounts.api_tokens.tokens import IssuedToken, issue_token, revoke_tokens, rotate_token
from accounts.errors import NoSuchToken, OutOfScope
from accounts.identity import Identity
from accounts.models import APIToken, APITokenQuerySet, User
from accounts.scopes import ALL_SCOPES, Scope
from core.ids import parse_id

MOST_DAYS = 36_500
MOST_OVERLAP_HOURS = 24 * 365


class LoggedIn(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        who = request.auth
        if isinstance(who, Identity) and (who.credential == "token" or who.end_user):
            raise OutOfScope("API tokens are managed by their users: log in")
        return True


class NewToken(serializers.Serializer[None]):
    name = serializers.CharField(max_length=100)
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, required=False)
    scopes = serializers.MultipleChoiceField(choices=list(map(str, Scope)), required=False)
    dialogs = serializers.ListField(child=serializers.UUIDField(), default=list)
    origins = serializers.ListField(child=serializers.CharField(max_length=255), default=list)
    allow_in_url = serializers.BooleanField(default=True)


class Rotation(serializers.Serializer[None]):
    overlap_hours = serializers.FloatField(min_value=0, max_value=MOST_OVERLAP_HOURS, default=24)


class TokenList(APIView):
    permission_classes = (IsAuthenticated, LoggedIn)

    def get(self, request: Request) -> Response:
        return Response([shape(token) for token in _own(request)])

    def post(self, request: Request) -> Response:
        form = NewToken(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        expires_at = timezone.now() + timedelta(days=data["days"]) if "days" in data else None
        try:
            issued = issue_token(_user(request), data["name"], expires_at, _rules(data))
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None
        return _shown_once(issued)


class TokenDetail(APIView):
    permission_classes = (IsAuthenticated, LoggedIn)

    def get(self, request: Request, token_id: str) -> Response:
        return Response(shape(_one(request, token_id)))

    def delete(self, request: Request, token_id: str) -> Response:
        """It is revoked, and stays in the list."""
        token = _one(request, token_id)
        revoke_tokens(APIToken.objects.filter(pk=token.pk))
        return Response(None)


class TokenRotation(APIView):
    permission_classes = (IsAuthenticated, LoggedIn)

    def post(self, request: Request, token_id: str) -> Response:
        form = Rotation(data=request.data)
        form.is_valid(raise_exception=True)
        overlap = timedelta(hours=form.validated_data["overlap_hours"])
        return _shown_once(rotate_token(_one(request, token_id), overlap))


def _user(request: Request) -> User:
    """Nobody gets as far as a view without having signed in."""
    return cast(User, request.user)


def _rules(data: dict[str, Any]) -> Restrictions:
    return Restrictions(
        scopes=frozenset(map(Scope, data["scopes"])) if "scopes" in data else ALL_SCOPES,
        dialogs=tuple(data["dialogs"]),
        origins=tuple(data["origins"]),
        allow_in_url=data["allow_in_url"],
    )


def _own(request: Request) -> APITokenQuerySet:
    return APIToken.objects.filter(user=_user(request))


def _one(request: Request, token_id: str) -> APIToken:
    id = parse_id(token_id)
    tokens: QuerySet[APIToken] = _own(request).select_related("user")
    token = tokens.filter(pk=id).first() if id else None
    if token is None:
        raise NoSuchToken("There is no such API token")
    return token


def _shown_once(issued: IssuedToken) -> Response:
    body = {**shape(issued.token), "token": issued.secret}
    return Response(body, status=201, headers={"Cache-Control": "no-store"})


def shape(token: APIToken) -> dict[str, Any]:
    moments = ("created_at", "expires_at", "revoked_at", "last_used_at")
    times = {name: getattr(token, name) for name in moments}
    return {
        "id": token.pk.hex,
        "name": token.name,
        "hint": token.hint,
        "state": token.state,
        "scopes": token.scopes,
        "dialogs": token.dialogs,
        "origins": token.origins,
        "allow_in_url": token.allow_in_url,
        **{name: time and round(time.timestamp() * 1000) for name, time in times.items()},
        "last_used_from": token.last_used_from,
        "questions": token.questions,
        "model_tokens": token.model_tokens,
        "replaced_by": token.replaced_by_id.hex if token.replaced_by_id else None,
    }
