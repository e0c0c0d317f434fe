"""`v1/user` and `v1/llm`: how RAGFlow's own tests make themselves an account before they begin.

Anyone who reaches the server can make an account here, and learn which addresses have one. So it is
there only with `RAGFLOW_BOOTSTRAP`. RAGFlow's programs encrypt the password for a key that only
RAGFlow has: what they send is the password here, as it is, and nobody can type it.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.audit.record import record, row_label
from accounts.errors import NotAuthenticated
from accounts.logins.hash_slots import hash_slots
from accounts.logins.passwords import authenticate_user, username_of
from accounts.logins.refresh_tokens import begin_login
from accounts.models import Action, User
from chat.rest.ragflow.views import RAGFlowView, Refusal, body_of, caller, result
from chat.rest.ragflow_errors import ARGUMENTS, AUTHENTICATION, NOWHERE, OPERATION
from core.client_address import address_in_meta, network_of
from core.errors import NotFound
from core.storable_text import is_storable

MAX_EMAIL, MAX_NICKNAME, MAX_PASSWORD = 150, 100, 4096
MAX_USERS = 1000
# Who they are, in the words of RAGFlow.
ROLE = "owner"


class BootstrapView(RAGFlowView):
    """Before anything else: without the setting there is nothing here."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not settings.RAGFLOW_BOOTSTRAP:
            raise NotFound(NOWHERE)
        super().initial(request, *args, **kwargs)


class Register(BootstrapView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        email, password = _email_in(body_of(request)), _password_in(body_of(request))
        nickname = _line(body_of(request), "nickname", MAX_NICKNAME)
        if User.objects.filter(email__iexact=email).exists():
            raise _taken(email)
        if User.objects.count() >= MAX_USERS:
            raise Refusal(f"There are {MAX_USERS} accounts already", OPERATION)
        with hash_slots.slot(network_of(address_in_meta(request.META) or "")):
            user = _create(email, nickname, password)
        record(Action.ADD, row_label(user), user=user)
        return _welcome(user, f"{nickname}, welcome aboard!")


class LogIn(BootstrapView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        email, password = _email_in(body_of(request)), _password_in(body_of(request))
        name = username_of(email)
        if not name:
            raise Refusal(f"Email: {email} is not registered!", AUTHENTICATION)
        try:
            user = authenticate_user(request._request, name, password, email)
        except NotAuthenticated:
            raise Refusal("Email and password do not match!", AUTHENTICATION) from None
        return _welcome(user, "Welcome back!")


class Tenant(BootstrapView):
    """Each user is a tenant."""

    def get(self, request: Request) -> Response:
        user, model = caller(request).user, _model()
        return result(
            {
                "tenant_id": user.pk.hex,
                "name": user.username,
                "role": ROLE,
                "llm_id": model,
                "embd_id": "",
                "rerank_id": "",
                "asr_id": "",
                "img2txt_id": "",
                "tts_id": None,
            }
        )

    def post(self, request: Request) -> Response:
        """Models are set by the server's settings: what is sent is taken, and changes nothing."""
        body_of(request)
        return result(True)


class Models(BootstrapView):
    def get(self, request: Request) -> Response:
        model = {"name": _model(), "type": "chat", "used_token": 0, "status": "1"}
        return result({"ragws": {"tags": "LLM", "llm": [model] if model["name"] else []}})

    def post(self, request: Request) -> Response:
        """A key for a model: it is not kept, since no engine here would use it."""
        body_of(request)
        return result(True)


def _model() -> str:
    return str(settings.ENGINES[settings.DEFAULT_ENGINE].get("MODEL", ""))


def _create(email: str, nickname: str, password: str) -> User:
    user = User(username=email, email=email, first_name=nickname)
    try:
        validate_password(password, user)
        user.set_password(password)
        with transaction.atomic():
            user.save()
    except ValidationError as error:
        raise Refusal(" ".join(error.messages), ARGUMENTS) from None
    except IntegrityError:
        raise _taken(email) from None
    return user


def _taken(email: str) -> Refusal:
    return Refusal(f"Email: {email} has already registered!", OPERATION)


def _welcome(user: User, message: str) -> Response:
    login = begin_login(user)
    response = result(
        {
            "id": user.pk.hex,
            "email": user.email,
            "nickname": user.first_name,
            "is_active": "1",
            "is_superuser": False,
            "status": "1",
        },
        message,
    )
    response["Authorization"] = login.access.text
    response["Cache-Control"] = "no-store"
    return response


def _email_in(body: dict[str, Any]) -> str:
    email = _line(body, "email", MAX_EMAIL)
    try:
        validate_email(email)
    except ValidationError:
        raise Refusal(f"Invalid email address: {email}!", OPERATION) from None
    return User.objects.normalize_email(email)


def _password_in(body: dict[str, Any]) -> str:
    """As encrypted texts are written, it may have several lines."""
    return _text(body, "password", MAX_PASSWORD)


def _line(body: dict[str, Any], name: str, most: int) -> str:
    value = _text(body, name, most)
    if not value.isprintable():
        raise Refusal(f"`{name}` must be one line of text", ARGUMENTS)
    return value


def _text(body: dict[str, Any], name: str, most: int) -> str:
    value = body.get(name)
    if isinstance(value, str) and 0 < len(value) <= most and is_storable(value):
        return value
    raise Refusal(f"required argument are missing: {name}; ", ARGUMENTS)
