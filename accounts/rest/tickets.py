"""REST API of tickets: issued by a client with a credential, for a page or an app without."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.conf import settings
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.errors import NoSuchDialog
from accounts.identity import Identity
from accounts.scopes import Scope
from accounts.tickets.tickets import issue_ticket
from core.ids import parse_id


class TicketSerializer(serializers.Serializer[None]):
    chat_id = serializers.CharField(max_length=100, required=False)
    # As it is: two names that a program takes for different must not become one end user.
    end_user = serializers.CharField(max_length=64, default="", trim_whitespace=False)
    scopes = serializers.MultipleChoiceField(
        choices=list(map(str, Scope)), required=False, allow_empty=False
    )


class NewTicket(APIView):
    """`POST {"chat_id", "end_user", "scopes"}`, each optional → a ticket for a socket."""

    permission_classes = (IsAuthenticated,)

    def post(self, request: Request) -> Response:
        form = TicketSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        scopes = [Scope(scope) for scope in data["scopes"]] if "scopes" in data else None
        dialog = parse_dialog_id(data["chat_id"]) if "chat_id" in data else None
        # `IsAuthenticated` has made sure that there is one.
        parent = cast(Identity, request.auth)
        return ticket_response(issue_ticket(parent, dialog, data["end_user"], scopes))


def ticket_response(ticket: str) -> Response:
    body = {"ticket": ticket, "expires_in": settings.TICKET_LIFETIME_S}
    return Response(body, headers={"Cache-Control": "no-store"})


def parse_dialog_id(text: str) -> UUID:
    id = parse_id(text)
    if id is None:
        raise NoSuchDialog("There is no such dialog")
    return id
