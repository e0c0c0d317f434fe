"""The app of the playground page: templates, scripts and translations. It has no models."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "console"
    verbose_name = "Pages for people"
