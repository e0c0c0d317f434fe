"""A form field for the key of a dialog's model server: it can be set, and is never shown again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import copy
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.engines.http.value_rules import key_problem
from core.redaction import redact


class KeyForm(forms.ModelForm):  # type: ignore[type-arg] # none at run time
    """For a model with `model_settings` and `set_model_key`."""

    api_key = forms.CharField(
        label=_("Key for the model's server"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=_("Never shown again. Empty: it stays as it is."),
    )
    forget_api_key = forms.BooleanField(label=_("Forget the key"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        saved = self.instance.model_settings
        self._saved_address = saved.get("base_url") if isinstance(saved, dict) else None
        # None: it stays as it is.
        self._new_key: str | None = None
        if self.instance.encrypted_model_key:
            self.fields["api_key"].widget.attrs["placeholder"] = gettext("A key is kept")

    def clean_model_settings(self) -> object:
        value = self.cleaned_data["model_settings"]
        # An emptied field means no settings.
        return {} if value in (None, "") else value

    def clean(self) -> dict[str, Any]:
        super().clean()
        wanted = self.cleaned_data.get("model_settings")
        if isinstance(wanted, dict):
            self._take_key(wanted)
            self._show_again(json.dumps(self._to_show_again(wanted), ensure_ascii=False))
        else:
            self._show_again(redact(self.data.get(self.add_prefix("model_settings"), "")))
        return self.cleaned_data

    def _to_show_again(self, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
        """For a form that has other fields for some of them."""
        return wanted

    def _show_again(self, settings: str) -> None:
        """What the page shows if the form is refused: never a key."""
        data: Any = copy(self.data)
        for name in (self.add_prefix("model_settings"), self.add_initial_prefix("model_settings")):
            if name in data:
                data[name] = settings
        self.data = data

    def _take_key(self, wanted: dict[str, Any]) -> None:
        """A key that was pasted among the settings is moved out of them."""
        pasted = wanted.pop("api_key", "")
        if new := self.cleaned_data.get("api_key") or pasted:
            if problem := key_problem(new):
                self.add_error("api_key", gettext("The key %s.") % problem)
            self._new_key = new
        elif self.cleaned_data.get("forget_api_key"):
            self._new_key = ""
        elif self.instance.encrypted_model_key and wanted.get("base_url") != self._saved_address:
            # Otherwise, changing the address would send the key to any server.
            self.add_error(
                "api_key", gettext("The server's address has changed: enter its key, or forget it.")
            )

    def save(self, commit: bool = True) -> Any:
        if self._new_key is not None:
            self.instance.set_model_key(self._new_key)
        return super().save(commit)
