"""The product's settings, and an application that can be asked what it holds."""

from ragws.settings import *  # noqa: F403

ASGI_APPLICATION = "tests.support.counting_app.application"
