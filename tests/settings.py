"""The product's settings, with a temporary data folder and a fast password hasher."""

import os
import tempfile

os.environ.setdefault("RAGWS_DATA_DIR", tempfile.mkdtemp(prefix="ragws-test-"))

from ragws.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
