"""Django looks here for the admin classes of this app; importing their modules registers them."""

from chat.admin import attachments as attachments
from chat.admin import conversations as conversations
from chat.admin import dialogs as dialogs
