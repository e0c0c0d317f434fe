"""Form fields for the usual model settings of a dialog; the others are entered as JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin.model_key_form import KeyForm
from chat.validation import accepted_settings, check_settings_for

# A model has fields of the same names, such as `chat_id`.
PREFIX = "setting_"
TEXT = (str,)
NUMBER = (int, float)


def _text(label: Any, help_text: Any = "") -> forms.Field:
    widget = forms.TextInput({"class": "vTextField", "autocomplete": "off"})
    return forms.CharField(label=label, help_text=help_text, required=False, widget=widget)


def _number(label: Any, help_text: Any = "") -> forms.Field:
    widget = forms.NumberInput({"step": "any"})
    return forms.FloatField(label=label, help_text=help_text, required=False, widget=widget)


def _whole(label: Any, help_text: Any = "") -> forms.Field:
    return forms.IntegerField(label=label, help_text=help_text, required=False)


class ModelSettingsForm(KeyForm):
    setting_chat_id = _text(
        _("Remote chat id"), _("The chat of RAGFlow, as its address bar shows it.")
    )
    setting_model = _text(_("Model"), _("Empty: that of the site."))
    setting_base_url = _text(
        _("Address of the server"),
        _("Begins with http:// or https://. Empty: that of the site."),
    )
    setting_temperature = _number(_("Temperature"), _("From 0 to 2. Empty: the server decides."))
    setting_top_p = _number(_("Top p"), _("From 0 to 1. Empty: the server decides."))
    setting_max_tokens = _whole(
        _("Most tokens of an answer"), _("At least 1. Empty: the server decides.")
    )
    setting_context_tokens = _whole(
        _("Tokens of the model's context"), _("At least 512. Empty: as for the site.")
    )
    setting_timeout_s = _number(
        _("Seconds to wait for the server"), _("From 1 to 3600. Empty: as for the site.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._from_fields: dict[str, Any] = {}
        self._fill()
        self._name_engines()
        # What the actor may only look at has no field.
        if "model_settings" in self.fields:
            self.fields["model_settings"].label = _("Other model settings")
            self.fields["model_settings"].help_text = _(
                'As JSON, for example {"presence_penalty": 0.5}.'
            )

    def _fill(self) -> None:
        """What a field can show is moved from the JSON to it."""
        stored = self.instance.model_settings
        if not isinstance(stored, dict):
            return
        shown = {name: stored[name] for name in option_names() if _fits(name, stored.get(name))}
        self.initial.update({PREFIX + name: value for name, value in shown.items()})
        self.initial["model_settings"] = {n: v for n, v in stored.items() if n not in shown}

    def _name_engines(self) -> None:
        """A script shows the fields of the chosen engine."""
        accepted = {engine: accepted_settings(engine) for engine in settings.ENGINES}
        for name in option_names():
            if field := self.fields.get(PREFIX + name):
                field.widget.attrs["data-engines"] = " ".join(_engines_with(name, accepted))

    def clean(self) -> dict[str, Any]:
        rest = self.cleaned_data.get("model_settings")
        if isinstance(rest, dict):
            self.cleaned_data["model_settings"] = self._with_fields(rest)
        super().clean()
        self._check_fields()
        return self.cleaned_data

    def _with_fields(self, rest: Mapping[str, Any]) -> dict[str, Any]:
        for name in option_names():
            value = self.cleaned_data.get(PREFIX + name)
            if value in (None, ""):
                continue
            if name in rest and rest[name] != value:
                sentence = gettext("The JSON below has another `%s`: give one of them only.")
                self.add_error(PREFIX + name, sentence % name)
            self._from_fields[name] = value
        return {**rest, **self._from_fields}

    def _check_fields(self) -> None:
        """What is wrong with a value is said at its field; the model checks the rest."""
        merged, engine = self.cleaned_data.get("model_settings"), self.cleaned_data.get("engine")
        if not isinstance(merged, dict) or not engine:
            return
        for name, value in self._from_fields.items():
            try:
                check_settings_for(engine, {name: value})
            except ValidationError as error:
                self.add_error(PREFIX + name, error)
                del merged[name]

    def _to_show_again(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in wanted.items() if name not in self._from_fields}


def option_names() -> list[str]:
    fields = ModelSettingsForm.declared_fields
    return [name.removeprefix(PREFIX) for name in fields if name.startswith(PREFIX)]


def _fits(name: str, value: object) -> bool:
    """Whether the field would give back the same value."""
    kind = TEXT if isinstance(_field(name), forms.CharField) else NUMBER
    if not isinstance(value, kind) or isinstance(value, bool):
        return False
    try:
        return bool(_field(name).clean(str(value)) == value)
    except ValidationError:
        return False


def _field(name: str) -> forms.Field:
    field: forms.Field = ModelSettingsForm.declared_fields[PREFIX + name]
    return field


def _engines_with(name: str, accepted: Mapping[str, Collection[str]]) -> Iterator[str]:
    return (engine for engine, names in accepted.items() if name in names)
