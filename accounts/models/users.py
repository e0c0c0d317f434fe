"""The user: Django's, with our kind of id and a stamp that changes with the password."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac

from core.ids import new_id


class User(AbstractUser):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    @property
    def login_stamp(self) -> str:
        """Changes with the password: a login that carries an older stamp has ended."""
        return salted_hmac("accounts.login_stamp", self.password, algorithm="sha256").hexdigest()[
            :32
        ]
