from django.apps import AppConfig
from django.core.checks import register
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts import checks
from accounts.mini_programs.checks import CHECKS as MINI_PROGRAM_CHECKS


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and access")

    def ready(self) -> None:
        for check in (*checks.CHECKS, *MINI_PROGRAM_CHECKS):
            register(check)
        # They import models, which are not there before now.
        import_string("accounts.audit.logins.hear_of_logins")()
        import_string("accounts.renewal.renew_login_sessions")()
