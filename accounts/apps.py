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
        # Imported here, because they import models, which are not loaded before.
        import_string("accounts.audit.login_signals.connect_login_signals")()
        import_string("accounts.logins.known_browsers.connect_known_browsers")()
        import_string("accounts.logins.session_renewal.connect_session_renewal")()
