"""Every address of the site; sockets are in `asgi.py`."""

from django.contrib import admin
from django.urls import include, path, re_path

from ragws import openapi
from ragws.nowhere import Nowhere

urlpatterns = [
    path("", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("", include("chat.rest.urls")),
    path("", include("console.urls")),
    path("api/v1/openapi.json", openapi.show),
    re_path("^api/", Nowhere.as_view()),
]
