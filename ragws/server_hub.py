"""The hub of a server process: created here, and passed as a parameter to all that need it."""

from chat.answers.hub import make_hub

hub = make_hub()
