"""Every address of the site; sockets are in `asgi.py`."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("chat.rest.urls")),
    path("", include("console.urls")),
]
