"""The form that issues an API token in the admin."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget, AutocompleteSelect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import APIToken, User
from accounts.tokens import IssuedToken, issue_token

# The number is days; nothing is no end.
LIFETIMES = [
    ("7", _("7 days")),
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("1 year")),
    ("", _("no end, until it is revoked")),
]


class IssueTokenForm(forms.ModelForm):  # type: ignore[type-arg] # none at run time
    lifetime = forms.ChoiceField(
        label=_("Good for"), choices=LIFETIMES, initial="90", required=False
    )

    class Meta:
        model = APIToken
        fields = ("user", "name")
        widgets = {
            "user": AutocompleteSelect(APIToken._meta.get_field("user"), admin.site),
            "name": AdminTextInputWidget({"autofocus": True, "autocomplete": "off"}),
        }
        help_texts = {
            "user": _("The program that has the token acts as this user."),
            "name": _("What the token is for, such as “mini program” or “alice's laptop”."),
        }
        error_messages = {"user": {"invalid_choice": _("Choose a user who is active.")}}

    def __init__(self, *args: Any, issuer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["user"] = issuer.pk
        people = User.objects.filter(is_active=True)
        # A token is its user's power: whoever is not a superuser hands out no one else's.
        if not issuer.is_superuser:
            people = people.filter(pk=issuer.pk)
        self.fields["user"].queryset = people  # type: ignore[attr-defined] # a ModelChoiceField

    def issue(self) -> IssuedToken:
        days = self.cleaned_data["lifetime"]
        expires_at = timezone.now() + timedelta(days=int(days)) if days else None
        return issue_token(self.cleaned_data["user"], self.cleaned_data["name"], expires_at)
