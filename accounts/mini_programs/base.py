"""Base class of mini program platforms: asks a platform whose code it is, with one retry."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

from accounts.errors import NotAuthenticated
from accounts.mini_programs.errors import Blocked, Busy, Misconfigured, PlatformFailed, TooOften

logger = logging.getLogger(__name__)

RETRY_S = 0.2
MAX_ID_CHARS = 128


class Trouble(Enum):
    BUSY = "busy"
    CODE = "the code is not good"
    OFTEN = "too often"
    BLOCKED = "blocked"
    # Wrong settings of ours, by name.
    APP_ID = "APP_ID"
    SECRET = "SECRET"  # noqa: S105 - the name of a setting
    BASE_URL = "BASE_URL"


@dataclass(frozen=True, slots=True)
class PlatformUser:
    """A user as the platform identifies them."""

    platform: str
    app_id: str
    open_id: str = field(repr=False)
    # The same in all mini programs of one company; platforms send it for some users only.
    union_id: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """A platform's response, parsed. `error` is 0 on success."""

    error: Any = 0
    open_id: Any = field(default=None, repr=False)
    union_id: Any = field(default=None, repr=False)


class MiniProgram(ABC):
    """One entry of `settings.MINI_PROGRAMS`. A subclass for a platform implements `ask`, and says
    in `troubles` what its error codes mean."""

    troubles: ClassVar[Mapping[int, Trouble]]

    def __init__(self, name: str, app_id: str, secret: str, base_url: str, platform: str) -> None:
        self.name = name
        self.app_id = app_id
        self.secret = secret
        self.base_url = base_url.rstrip("/")
        self.platform = platform

    @abstractmethod
    def ask(self, code: str) -> Reply:
        """May take seconds, and raise `PlatformFailed`."""

    def identify(self, code: str) -> PlatformUser:
        reply = self.ask(code)
        if self._trouble(reply) is Trouble.BUSY:
            time.sleep(RETRY_S)
            reply = self.ask(code)
        if reply.error:
            # Only numbers are logged: a text may repeat the secret that we sent.
            error = reply.error if isinstance(reply.error, int) else None
            self._refuse(error, self._trouble(reply))
        return self._read(reply)

    def _trouble(self, reply: Reply) -> Trouble | None:
        return self.troubles.get(reply.error) if isinstance(reply.error, int) else None

    def _refuse(self, error: int | None, trouble: Trouble | None) -> None:
        match trouble:
            case Trouble.CODE:
                raise NotAuthenticated("The `code` is over, or was used before: log in again")
            case Trouble.OFTEN:
                raise TooOften("You have logged in too often; wait a minute")
            case Trouble.BLOCKED:
                raise Blocked("The platform does not let you log in")
            case Trouble.BUSY:
                raise Busy("The platform is busy; try again")
            case None:
                logger.warning("%s answers with error %s", self.name, error)
                raise PlatformFailed("The platform did not say who you are; try again later")
        setting = f"MINI_PROGRAMS[{self.name!r}][{trouble.value!r}]"
        logger.error("%s does not accept %s (error %s)", self.name, setting, error)
        raise Misconfigured("This server is not set up for that mini program; its log says why")

    def _read(self, reply: Reply) -> PlatformUser:
        if not _is_id(reply.open_id):
            logger.warning("%s answers without an openid", self.name)
            raise PlatformFailed("The platform did not say who you are; try again later")
        union_id = reply.union_id if _is_id(reply.union_id) else None
        return PlatformUser(self.platform, self.app_id, reply.open_id, union_id)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_ID_CHARS and value.isprintable()
