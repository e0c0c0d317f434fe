"""The playground page. Its scripts use the WebSocket and the REST API, as any other client does.

This app has no models and imports nothing of `chat`: it knows the address of the socket, and by
name the permission and the admin page for new dialogs.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from console.texts import TEXTS


@never_cache
@login_required
def playground(request: HttpRequest) -> HttpResponse:
    may_add = request.user.has_perm("chat.add_dialog")
    page = {
        "socket": f"{settings.URL_PREFIX}/v1/ws/chat",
        "api": f"{settings.URL_PREFIX}/api/v1",
        "login": f"{resolve_url(settings.LOGIN_URL)}?next=",
        "new_chat": reverse("admin:chat_dialog_add") if may_add else None,
        "limits": {
            "files": settings.MAX_FILES_PER_QUESTION,
            "file_bytes": settings.MAX_FILE_BYTES,
            "question_chars": settings.MAX_QUESTION_CHARS,
        },
    }
    return render(request, "console/playground.html", {"page": page, "texts": TEXTS})


@require_safe
def favicon(_request: HttpRequest) -> HttpResponse:
    """Where programs look for it that read no page."""
    return redirect(static("console/favicon.ico"), permanent=True)
