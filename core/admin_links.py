"""Links between pages of the admin."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString


def list_link(app: str, name: str, label: object, **conditions: object) -> SafeString:
    """To the rows of a model for which these conditions of its list hold. Those who may not see the
    list are refused there."""
    address = reverse(f"admin:{app}_{name}_changelist")
    return format_html('<a href="{}?{}">{}</a>', address, urlencode(conditions), label)
