from django.apps import AppConfig
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _


class ChatConfig(AppConfig):
    name = "chat"
    verbose_name = _("Chat")

    def ready(self) -> None:
        # Both modules import models, which are not loaded before now.
        directory = import_string("chat.dialog_directory.ChatDialogDirectory")()
        import_string("accounts.dialog_directory.use_directory")(directory)
