"""REST API of API tokens, for users who have logged in: an API token cannot manage others."""

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
from accounts.rest.paging import page_of
from accounts.scopes import ALL_SCOPES, Scope
from core.ids import parse_id

# Revoked tokens stay in the list. Clients that know of no pages get as many as there may be.
MAX_PAGE_SIZE = 1000
MAX_DAYS = 36_500
MAX_OVERLAP_HOURS = 24 * 365


class CanManageTokens(BasePermission):
    """Logins and login sessions of the user in person, but no API tokens and no end users."""

    def has_permission(self, request: Request, view: Any) -> bool:
        identity = request.auth
        if isinstance(identity, Identity) and (identity.credential == "token" or identity.end_user):
            raise OutOfScope("API tokens are managed by their users: log in")
        return True


class NewTokenSerializer(serializers.Serializer[None]):
    name = serializers.CharField(max_length=100)
    days = serializers.IntegerField(min_value=1, max_value=MAX_DAYS, required=False)
    scopes = serializers.MultipleChoiceField(choices=list(map(str, Scope)), required=False)
    dialogs = serializers.ListField(child=serializers.UUIDField(), default=list)
    origins = serializers.ListField(child=serializers.CharField(max_length=255), default=list)
    allow_in_url = serializers.BooleanField(default=True)


class RotationSerializer(serializers.Serializer[None]):
    overlap_hours = serializers.FloatField(min_value=0, max_value=MAX_OVERLAP_HOURS, default=24)


class TokenList(APIView):
    permission_classes = (IsAuthenticated, CanManageTokens)

    def get(self, request: Request) -> Response:
        tokens = _own_tokens(request).order_by("-created_at", "pk")
        page = page_of(request, MAX_PAGE_SIZE, MAX_PAGE_SIZE)
        return Response([token_json(token) for token in tokens[page]])

    def post(self, request: Request) -> Response:
        form = NewTokenSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        expires_at = timezone.now() + timedelta(days=data["days"]) if "days" in data else None
        try:
            issued = issue_token(_user(request), data["name"], expires_at, _restrictions(data))
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None
        return _secret_response(issued)


class TokenDetail(APIView):
    permission_classes = (IsAuthenticated, CanManageTokens)

    def get(self, request: Request, token_id: str) -> Response:
        return Response(token_json(_get_token(request, token_id)))

    def delete(self, request: Request, token_id: str) -> Response:
        """Revoke it. It stays in the list."""
        token = _get_token(request, token_id)
        revoke_tokens(APIToken.objects.filter(pk=token.pk))
        return Response(None)


class TokenRotation(APIView):
    permission_classes = (IsAuthenticated, CanManageTokens)

    def post(self, request: Request, token_id: str) -> Response:
        form = RotationSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        overlap = timedelta(hours=form.validated_data["overlap_hours"])
        return _secret_response(rotate_token(_get_token(request, token_id), overlap))


def _user(request: Request) -> User:
    """`IsAuthenticated` has made sure that there is one."""
    return cast(User, request.user)


def _restrictions(data: dict[str, Any]) -> Restrictions:
    return Restrictions(
        scopes=frozenset(map(Scope, data["scopes"])) if "scopes" in data else ALL_SCOPES,
        dialogs=tuple(data["dialogs"]),
        origins=tuple(data["origins"]),
        allow_in_url=data["allow_in_url"],
    )


def _own_tokens(request: Request) -> APITokenQuerySet:
    return APIToken.objects.filter(user=_user(request))


def _get_token(request: Request, token_id: str) -> APIToken:
    id = parse_id(token_id)
    tokens: QuerySet[APIToken] = _own_tokens(request).select_related("user")
    token = tokens.filter(pk=id).first() if id else None
    if token is None:
        raise NoSuchToken("There is no such API token")
    return token


def _secret_response(issued: IssuedToken) -> Response:
    body = {**token_json(issued.token), "token": issued.secret}
    return Response(body, status=201, headers={"Cache-Control": "no-store"})


def token_json(token: APIToken) -> dict[str, Any]:
    names = ("created_at", "expires_at", "revoked_at", "last_used_at")
    times = {name: getattr(token, name) for name in names}
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
