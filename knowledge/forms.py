"""The admin's forms: to upload documents, and to try a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from knowledge.parsing.formats import BY_SUFFIX

MAX_QUESTION = 16_000


class FilesInput(forms.FileInput):
    # Browsers also accept files that are dropped onto the input.
    allow_multiple_selected = True


class FilesField(forms.FileField):
    widget = FilesInput

    def clean(
        self, data: Sequence[UploadedFile[bytes]], initial: Any = None
    ) -> list[UploadedFile[bytes]]:
        # An empty file is not refused here: it becomes a failed document that says what is wrong.
        files = [file for file in data or [] if file.name]
        if not files:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return files


class UploadForm(forms.Form):
    documents = FilesField(
        label=_("Files"),
        help_text=_("Choose one or more, or drop them here. The same name again replaces."),
        widget=FilesInput({"accept": ",".join([*BY_SUFFIX, "text/*"]), "class": "drop"}),
    )


class TrialForm(forms.Form):
    question = forms.CharField(
        label=_("Question"),
        max_length=MAX_QUESTION,
        error_messages={"max_length": _("A question may have 16,000 characters.")},
        widget=forms.Textarea({"rows": 3, "class": "vLargeTextField"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The browser would cut a longer one without a word.
        self.fields["question"].widget.attrs.pop("maxlength", None)
