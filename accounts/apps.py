from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _

from accounts.checks import check_allowed_origins, check_jwt_keys, check_lifetimes


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and access")

    def ready(self) -> None:
        for check in (check_jwt_keys, check_lifetimes, check_allowed_origins):
            register(check)
