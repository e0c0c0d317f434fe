"""Validators of a dialog's fields, for the admin and for commands."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chat.engines.openai.address_policy import (
    names_forbidden_address,
    origin_of,
    parse_networks,
)
from chat.engines.openai.model_settings import check_options

SECRET_NAME = re.compile(r"key|token|secret|password|signature", re.IGNORECASE)


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
    if base_url := value.get("base_url"):
        _check_address(base_url)


def _check_address(base_url: str) -> None:
    """What can be seen of an address before it is connected to."""
    site = settings.ENGINES.get("openai", {})
    networks = parse_networks(site.get("PRIVATE_NETWORKS", ()))
    is_site = origin_of(base_url) == origin_of(site.get("BASE_URL", ""))
    if not is_site and names_forbidden_address(base_url, networks):
        raise ValidationError(
            _(
                "`base_url` is not a public address. The administrator of this server can allow"
                " it by OPENAI_PRIVATE_NETWORKS."
            )
        )
    if any(SECRET_NAME.search(name) for name, _value in parse_qsl(urlsplit(base_url).query)):
        raise ValidationError(_("`base_url` has a key in it. Enter the key in its own field."))
