"""Which scope each frame needs. What is not listed needs none."""

from __future__ import annotations

from accounts.errors import OutOfScope
from accounts.identity import Identity
from accounts.scopes import Scope, out_of_scope
from chat.answers.requests import Ask, Feedback, Follow, Regenerate, Request, Resume, Stop

NEEDED: dict[type[Request], Scope] = {
    Ask: Scope.CHAT,
    Stop: Scope.CHAT,
    Regenerate: Scope.CHAT,
    Feedback: Scope.CHAT,
    Resume: Scope.READ,
    Follow: Scope.READ,
}


def check_scope(who: Identity, request: Request) -> None:
    needed = NEEDED.get(type(request))
    if needed and needed not in who.scopes:
        names = ("id", "session_id", "request_id")
        known = {name: getattr(request, name, None) for name in names}
        raise OutOfScope(out_of_scope(needed), **known)
