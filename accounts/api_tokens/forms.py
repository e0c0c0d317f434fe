"""Forms of the admin that issue and rotate API tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget, AutocompleteSelect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.api_tokens.restrictions import Restrictions, check_dialogs
from accounts.api_tokens.tokens import IssuedToken, issue_token, rotate_token
from accounts.dialog_directory import dialog_directory
from accounts.models import APIToken, User
from accounts.models.token_validators import check_origins
from accounts.scopes import Scope

# In days; the empty one is without end.
LIFETIMES = [
    ("7", _("7 days")),
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("1 year")),
    ("", _("no end, until it is revoked")),
]


# In hours.
OVERLAPS = [("0", _("not at all")), ("1", _("1 hour")), ("24", _("1 day")), ("168", _("7 days"))]
SCOPES = [
    (Scope.CHAT.value, _("chat: ask, stop, give feedback, upload files")),
    (Scope.READ.value, _("read: list, resume and follow conversations")),
    (Scope.MANAGE.value, _("manage: rename and delete conversations")),
]


class IssueTokenForm(forms.ModelForm):  # type: ignore[type-arg] # none at run time
    lifetime = forms.ChoiceField(
        label=_("Good for"), choices=LIFETIMES, initial="90", required=False
    )

    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=SCOPES,
        initial=[scope for scope, _ in SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )
    dialogs = forms.MultipleChoiceField(
        label=_("Dialogs"),
        required=False,
        help_text=_("The only ones it is for. None chosen: all dialogs of the user."),
    )
    origins = forms.CharField(
        label=_("Pages"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_(
            "Origins such as https://app.example.org, one a line. Listed, it works from pages of "
            "those only. Empty: from anywhere."
        ),
    )

    class Meta:
        model = APIToken
        fields = ("user", "name", "allow_in_url")
        widgets = {
            "user": AutocompleteSelect(APIToken._meta.get_field("user"), admin.site),
            "name": AdminTextInputWidget({"autofocus": True, "autocomplete": "off"}),
        }
        help_texts = {
            "user": _("The program that has the token acts as this user."),
            "allow_in_url": _("Needed by clients that cannot set headers."),
            "name": _("What the token is for, such as “mini program” or “alice's laptop”."),
        }
        error_messages = {"user": {"invalid_choice": _("Choose a user who is active.")}}

    def __init__(self, *args: Any, issuer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["user"] = issuer.pk
        people = User.objects.filter(is_active=True)
        # A token acts as its user: only a superuser may issue tokens of other users.
        if not issuer.is_superuser:
            people = people.filter(pk=issuer.pk)
        self.fields["user"].queryset = people  # type: ignore[attr-defined] # a ModelChoiceField
        choices = [(id.hex, name) for id, name in dialog_directory().dialogs_of(people).items()]
        self.fields["dialogs"].choices = choices  # type: ignore[attr-defined] # a ChoiceField

    def clean_origins(self) -> list[str]:
        origins: list[str] = self.cleaned_data["origins"].split()
        check_origins(origins)
        return origins

    def clean(self) -> None:
        super().clean()
        if not self.errors:
            check_dialogs(self.cleaned_data["user"], self._restrictions())

    def issue(self) -> IssuedToken:
        days = self.cleaned_data["lifetime"]
        expires_at = timezone.now() + timedelta(days=int(days)) if days else None
        user, name = self.cleaned_data["user"], self.cleaned_data["name"]
        return issue_token(user, name, expires_at, self._restrictions())

    def _restrictions(self) -> Restrictions:
        data = self.cleaned_data
        return Restrictions(
            scopes=frozenset(map(Scope, data["scopes"])),
            dialogs=tuple(map(UUID, data["dialogs"])),
            origins=tuple(data["origins"]),
            allow_in_url=data["allow_in_url"],
        )


class RotateTokenForm(forms.Form):
    overlap = forms.ChoiceField(
        label=_("The old secret stays good"), choices=OVERLAPS, initial="24"
    )

    def rotate(self, token: APIToken) -> IssuedToken:
        return rotate_token(token, timedelta(hours=int(self.cleaned_data["overlap"])))
