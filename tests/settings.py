"""The product's settings, with a temporary data folder, a fast password hasher, and a database that
does not wait for the disk."""

import os
import tempfile

os.environ.setdefault("RAGWS_DATA_DIR", tempfile.mkdtemp(prefix="ragws-test-"))

from ragws.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# What would be lost with the machine's power is lost anyway.
_options = DATABASES["default"]["OPTIONS"]  # noqa: F405
if DATABASE_URL:  # noqa: F405
    _options["options"] += " -c synchronous_commit=off"
else:
    _options["init_command"] += " PRAGMA synchronous=OFF;"
