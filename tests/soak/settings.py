"""The product's settings, with an application that reports its resource counts."""

from ragws.settings import *  # noqa: F403

ASGI_APPLICATION = "tests.support.counting_app.application"
