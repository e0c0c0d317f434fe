"""A form field for the key of a dialog's model server: it can be set, and is never shown again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

Settings = dict[str, Any]


class KeyForm(forms.ModelForm):  # type: ignore[type-arg] # none at run time
    """For a model with `model_settings`."""

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
        saved: Settings = self.instance.model_settings
        self._saved = dict(saved) if isinstance(saved, dict) else {}
        self.initial["model_settings"] = without_key(self._saved)
        if "api_key" in self._saved:
            self.fields["api_key"].widget.attrs["placeholder"] = gettext("A key is kept")

    def clean_model_settings(self) -> object:
        value = self.cleaned_data["model_settings"]
        # An emptied field means no settings.
        return {} if value in (None, "") else value

    def clean(self) -> dict[str, Any]:
        super().clean()
        wanted = self.cleaned_data.get("model_settings")
        if isinstance(wanted, dict):
            self.cleaned_data["model_settings"] = self._with_key(wanted)
        return self.cleaned_data

    def _with_key(self, wanted: Settings) -> Settings:
        if new := self.cleaned_data.get("api_key") or wanted.get("api_key"):
            return {**wanted, "api_key": new}
        if self.cleaned_data.get("forget_api_key") or "api_key" not in self._saved:
            return wanted
        # Otherwise, changing the address would send the key to any server.
        if wanted.get("base_url") != self._saved.get("base_url"):
            self.add_error(
                "api_key", gettext("The server's address has changed: enter its key, or forget it.")
            )
        return {**wanted, "api_key": self._saved["api_key"]}


def without_key(settings: Settings) -> Settings:
    return {name: value for name, value in settings.items() if name != "api_key"}
