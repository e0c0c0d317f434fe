"""Validators of the scopes, dialogs and origins of an API token."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.origins import parse_origin
from accounts.scopes import ALL_SCOPES
from core.ids import parse_id

MAX_ENTRIES = 100


def check_scopes(value: Any) -> None:
    if not _is_list_of_texts(value) or not value or not set(value) <= ALL_SCOPES:
        raise ValidationError(_("Choose at least one of the scopes chat, read and manage."))


def check_dialog_ids(value: Any) -> None:
    if not _is_list_of_texts(value) or not all(map(parse_id, value)):
        raise ValidationError(_("This must be a list of ids of dialogs."))


def check_origins(value: Any) -> None:
    if not _is_list_of_texts(value) or not all(map(parse_origin, value)):
        raise ValidationError(_("Write each origin as https://app.example.org, without a path."))


def _is_list_of_texts(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MAX_ENTRIES
        and all(isinstance(item, str) for item in value)
    )
