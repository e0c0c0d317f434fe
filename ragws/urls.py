"""Every address of the site; sockets are in `asgi.py`."""

from django.contrib import admin
from django.urls import include, path, re_path

from chat.rest.urls import rest_urls
from ragws.api_not_found import ApiNotFound
from ragws.openapi.document import openapi_document
from ragws.server_hub import hub

urlpatterns = [
    path("", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("", include(rest_urls(hub))),
    path("", include("console.urls")),
    path("api/v1/openapi.json", openapi_document),
    re_path("^api/", ApiNotFound.as_view()),
]
