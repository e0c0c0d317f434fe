"""REST API by which mini program users log in, with the code that their platform gave them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.dialog_directory import dialog_directory
from accounts.errors import NoSuchDialog
from accounts.logins.login_jwt import identity_of_login
from accounts.logins.refresh_tokens import begin_person_login, issue_login_tokens
from accounts.mini_programs.errors import Blocked, ChatIdNeeded
from accounts.mini_programs.people import get_or_create_person
from accounts.mini_programs.platforms import get_mini_program
from accounts.models import Login
from accounts.rest.logins import login_response
from accounts.rest.tickets import parse_dialog_id, ticket_response
from accounts.tickets.tickets import issue_ticket


class CodeSerializer(serializers.Serializer[None]):
    code = serializers.CharField(max_length=512)
    chat_id = serializers.CharField(max_length=100, required=False)
    ticket = serializers.BooleanField(default=False)


class MiniProgramLogIn(APIView):
    """`POST {"code", "chat_id", "ticket"}` → a login, or with `ticket` the right to connect."""

    # A client that logs in again may still send the credential that has just expired.
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request: Request, name: str) -> Response:
        program = get_mini_program(name)
        form = CodeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        dialog = parse_dialog_id(data["chat_id"]) if "chat_id" in data else None
        # First, so that no connection to the database is held while the platform is asked.
        platform_user = program.identify(data["code"])
        person = get_or_create_person(platform_user)
        if person.blocked_at:
            raise Blocked("You were blocked on this server")
        operator = _operator(dialog)
        if data["ticket"]:
            end = timezone.now() + timedelta(seconds=settings.JWT_LIFETIME_S)
            return _ticket_response(begin_person_login(person, operator, dialog, end))
        return login_response(issue_login_tokens(begin_person_login(person, operator, dialog)))


def _operator(dialog: UUID | None) -> UUID:
    """The user whose end user the person becomes: the owner of the open dialog."""
    owners = dialog_directory().owners_of_open_dialogs(dialog)
    if not owners:
        raise NoSuchDialog("There is no such dialog for mini programs")
    if len(owners) > 1:
        raise ChatIdNeeded("Send the `chat_id`: several people's dialogs are for mini programs")
    return owners[0]


def _ticket_response(login: Login) -> Response:
    """The login gets no JWT and no refresh token, only this ticket."""
    return ticket_response(issue_ticket(identity_of_login(login, login.expires_at)))
