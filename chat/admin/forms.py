"""The forms of the admin: a dialog, and a notice to followers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.admin.helpers import ActionForm
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.admin.model_settings_form import ModelSettingsForm
from chat.models import Dialog
from knowledge.models import KnowledgeBase


class KnowledgeBasesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg] # none at run time
    def label_from_instance(self, obj: KnowledgeBase) -> str:
        return f"{obj.name} ({obj.owner})"


class StartersField(forms.CharField):
    """One question a line."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class DialogForm(ModelSettingsForm):
    engine = forms.ChoiceField(label=_("Engine"), help_text=_("What makes the answers."))
    knowledge_bases = KnowledgeBasesField(
        KnowledgeBase.objects.none(),
        label=_("Knowledge bases"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Where answers are looked for. They belong to the dialog's owner."),
    )
    starters = StartersField(
        label=_("Starters"),
        required=False,
        widget=forms.Textarea({"rows": 4, "class": "vLargeTextField"}),
        help_text=Dialog._meta.get_field("starters").help_text,
    )

    # The only user whose knowledge bases the actor may see; None: everybody's.
    sees_bases_of: UUID | None = None

    class Meta:
        model = Dialog
        # `DialogAdmin.fieldsets` chooses the fields.
        fields = "__all__"
        widgets = {
            "name": forms.TextInput({"class": "vTextField"}),
            "description": forms.Textarea({"rows": 2, "class": "vLargeTextField"}),
            "prompt": forms.Textarea({"rows": 8, "class": "vLargeTextField"}),
            "opener": forms.Textarea({"rows": 2, "class": "vLargeTextField"}),
            "empty_response": forms.Textarea({"rows": 2, "class": "vLargeTextField"}),
            "model_settings": forms.Textarea({"rows": 5, "class": "vLargeTextField code"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer_engines()
        self._offer_knowledge_bases()

    def _offer_engines(self) -> None:
        choices = [(name, name) for name in settings.ENGINES]
        current = self.instance.engine
        if current not in settings.ENGINES:
            choices.append((current, gettext("%s (not in the settings)") % current))
        self.fields["engine"].choices = choices  # type: ignore[attr-defined] # a ChoiceField, see above

    def _offer_knowledge_bases(self) -> None:
        bases = KnowledgeBase.objects.select_related("owner")
        if self.sees_bases_of:
            bases = bases.filter(owner=self.sees_bases_of)
        # A new dialog has no owner yet: `clean` checks that the two fit.
        if not self.instance._state.adding:
            bases = bases.filter(owner=self.instance.owner_id)
        self._offered = bases
        self.fields["knowledge_bases"].queryset = bases  # type: ignore[attr-defined] # see above

    def clean(self) -> dict[str, Any]:
        super().clean()
        owner = self.cleaned_data.get("owner") or getattr(self.instance, "owner", None)
        bases = self.cleaned_data.get("knowledge_bases", ())
        if owner and (foreign := self._names_of_foreign(owner, bases)):
            sentence = gettext("%(names)s: not a knowledge base of %(owner)s.")
            self.add_error(
                "knowledge_bases", sentence % {"names": ", ".join(foreign), "owner": owner}
            )
        elif not self.instance._state.adding:
            self._keep_unseen()
        return self.cleaned_data

    def _keep_unseen(self) -> None:
        """Knowledge bases that the actor was not offered stay with the dialog."""
        unseen = self.instance.knowledge_bases.exclude(pk__in=self._offered)
        chosen = self.cleaned_data.get("knowledge_bases", ())
        self.cleaned_data["knowledge_bases"] = [*chosen, *unseen]

    def _names_of_foreign(self, owner: User, bases: Iterable[KnowledgeBase]) -> list[str]:
        return [base.name for base in bases if base.owner_id != owner.pk]


class NoticeForm(ActionForm):
    notice = forms.CharField(label=_("Notice:"), required=False, max_length=500)
