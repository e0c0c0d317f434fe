"""Django's permissions as a form offers them: those that open pages of the admin, in the reader's
language."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

ACTIONS = {"view": _("view"), "add": _("add"), "change": _("change"), "delete": _("delete")}


class PermissionField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg] # none at run time
    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(Permission.objects.none(), **{"required": False, **options})
        types = ContentType.objects.get_for_models(*admin.site._registry)
        of_pages = Permission.objects.filter(content_type__in=[kind.pk for kind in types.values()])
        self.queryset = of_pages.select_related("content_type")

    def label_from_instance(self, permission: Any) -> str:
        action = permission.codename.partition("_")[0]
        model = permission.content_type.model_class()
        named = {"model": model._meta.verbose_name, "action": ACTIONS.get(action, action)}
        return capfirst(gettext("%(model)s: %(action)s") % named)
