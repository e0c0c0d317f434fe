"""Imports the modules of the admin classes, which registers them: Django imports this package."""

from chat.admin import attachments as attachments
from chat.admin import conversations as conversations
from chat.admin import dialogs as dialogs
