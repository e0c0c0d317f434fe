"""Validators of a dialog's fields, for the admin and for commands."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chat.engines.http.address_policy import (
    names_forbidden_address,
    origin_of,
    parse_networks,
)
from chat.engines.openai.model_settings import RULES, check_options
from chat.engines.registry import engine_class
from core.storable_text import is_storable

# As many buttons, with as much text, as a small screen has room for.
MAX_STARTERS, MAX_STARTER_CHARS = 6, 200
SECRET_NAME = re.compile(r"key|token|secret|password|signature", re.IGNORECASE)


def check_engine(name: str) -> None:
    if name not in settings.ENGINES:
        names = ", ".join(settings.ENGINES)
        raise ValidationError(
            _("There is no engine “%(name)s”; there are: %(names)s.")
            % {"name": name, "names": names}
        )


def check_starters(value: object) -> None:
    """An array of different questions, none of them blank."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValidationError(_("`starters` must be an array of strings."))
    if len(value) > MAX_STARTERS:
        raise ValidationError(_("`starters` may have at most %d questions.") % MAX_STARTERS)
    for question in value:
        if not question.strip() or not is_storable(question):
            raise ValidationError(_("Each of `starters` must be a question, none blank."))
        if len(question) > MAX_STARTER_CHARS:
            raise ValidationError(
                _("A question of `starters` has more than %d characters.") % MAX_STARTER_CHARS
            )
    if len({question.strip() for question in value}) < len(value):
        raise ValidationError(_("A question of `starters` is there twice."))


def check_model_settings(value: object) -> None:
    """What can be said of them without knowing the engine."""
    if not isinstance(value, dict):
        raise ValidationError(
            _('Model settings must be a JSON object, such as {"temperature": 0.1}.')
        )


def check_settings_for(engine: str, options: Mapping[str, object]) -> None:
    """Whether an engine can be asked with a dialog's model settings. An engine that has none takes
    those of `openai`, so that a dialog may change its engine and change it back."""
    backend = engine_class(engine) if engine in settings.ENGINES else None
    check = getattr(backend, "check_options", check_options)
    if problems := check(options):
        raise ValidationError(problems)
    if isinstance(base_url := options.get("base_url"), str):
        _check_address("ragflow" if engine == "ragflow" else "openai", base_url)


def accepted_settings(engine: str) -> Collection[str]:
    """The names of the settings that mean something to an engine, as far as it says so."""
    backend = engine_class(engine)
    if not getattr(backend, "uses_model", True):
        return ()
    own = () if hasattr(backend, "check_options") else RULES
    names: Collection[str] = getattr(backend, "option_names", own)
    return names


def _check_address(engine: str, base_url: str) -> None:
    """What can be seen of an address before it is connected to."""
    site = settings.ENGINES.get(engine, {})
    networks = parse_networks(site.get("PRIVATE_NETWORKS", ()))
    is_site = origin_of(base_url) == origin_of(site.get("BASE_URL", ""))
    if not is_site and names_forbidden_address(base_url, networks):
        raise ValidationError(
            _(
                "`base_url` is not a public address. The administrator of this server can allow"
                " it by %s."
            )
            % f"{engine.upper()}_PRIVATE_NETWORKS"
        )
    if any(SECRET_NAME.search(name) for name, _value in parse_qsl(urlsplit(base_url).query)):
        raise ValidationError(_("`base_url` has a key in it. Enter the key in its own field."))
