from django.urls import include, path

from console import views

urlpatterns = [
    path("", views.playground, name="playground"),
    path("favicon.ico", views.favicon),
    path("i18n/", include("django.conf.urls.i18n")),
]
