from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.core.checks import register

from ragws.checks import CHECKS, DEPLOY_CHECKS


class RagwsConfig(AppConfig):
    # With two configs in a module, Django has to be told which one is the app's.
    default = True
    name = "ragws"
    verbose_name = "ragws"

    def ready(self) -> None:
        for check in CHECKS:
            register(check)
        for check in DEPLOY_CHECKS:
            register(check, deploy=True)


class AdminConfig(admin_apps.AdminConfig):
    """Django's admin, audited."""

    default = False
    default_site = "accounts.audit.admin_site.AuditedSite"
