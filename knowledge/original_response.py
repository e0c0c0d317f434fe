"""The original of a document as an HTTP response that no page can be attacked with."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from knowledge.models import Document
from knowledge.originals import read_original

# What a browser's viewer of PDF files needs, and no more.
PDF_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
POLICY = "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'"


def original_response(document: Document) -> HttpResponse:
    """A browser shows only a PDF, at a page if its address ends in `#page=3`; all else is saved.

    Raises `FileNotFoundError` if the original is not stored.
    """
    name = document.file or document.new_file
    if not name:
        raise FileNotFoundError
    is_pdf = document.name.lower().endswith(".pdf")
    response = HttpResponse(
        read_original(name),
        content_type="application/pdf" if is_pdf else "application/octet-stream",
    )
    file_name = document.name.rpartition("/")[2]
    disposition = content_disposition_header(not is_pdf, file_name)
    response.headers["Content-Disposition"] = disposition or "attachment"
    response.headers["Content-Security-Policy"] = PDF_POLICY if is_pdf else POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
