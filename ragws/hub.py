"""The hub of a server process. It is made here, and handed to all that need it."""

from chat.answers.hub import make_hub

hub = make_hub()
