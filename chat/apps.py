"""The app of conversations. The index of messages is installed after every `migrate`."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from chat.sql import message_index


class ChatConfig(AppConfig):
    name = "chat"
    verbose_name = _("Chat")

    def ready(self) -> None:
        post_migrate.connect(install_index, sender=self)
        # Both modules import models, which are not loaded before now.
        directory = import_string("chat.dialog_directory.ChatDialogDirectory")()
        import_string("accounts.dialog_directory.use_directory")(directory)


def install_index(using: str, **_kwargs: Any) -> None:
    message_index.install(using)
