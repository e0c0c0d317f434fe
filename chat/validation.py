"""Validators of a dialog's fields, for the admin and for commands."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chat.engines.openai.model_settings import check_options


def check_engine(name: str) -> None:
    if name not in settings.ENGINES:
        names = ", ".join(settings.ENGINES)
        raise ValidationError(
            _("There is no engine “%(name)s”; there are: %(names)s.")
            % {"name": name, "names": names}
        )


def check_model_settings(value: object) -> None:
    if not isinstance(value, dict):
        raise ValidationError(
            _('Model settings must be a JSON object, such as {"temperature": 0.1}.')
        )
    if problems := check_options(value):
        raise ValidationError(problems)
