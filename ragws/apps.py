from django.apps import AppConfig
from django.core.checks import register

from ragws.checks import CHECKS


class RagwsConfig(AppConfig):
    name = "ragws"
    verbose_name = "ragws"

    def ready(self) -> None:
        for check in CHECKS:
            register(check)
