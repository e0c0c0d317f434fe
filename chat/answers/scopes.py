"""The scope that each request needs. Requests that are not listed need none."""

from __future__ import annotations

from accounts.errors import OutOfScope
from accounts.identity import Identity
from accounts.scopes import Scope, out_of_scope
from chat.answers.requests import (
    Ask,
    Feedback,
    Follow,
    Notices,
    Regenerate,
    Request,
    Resume,
    Stop,
    Switch,
)

REQUIRED_SCOPES: dict[type[Request], tuple[Scope, ...]] = {
    Ask: (Scope.CHAT,),
    Stop: (Scope.CHAT,),
    # The new answer tells what was asked, perhaps with another credential.
    Regenerate: (Scope.CHAT, Scope.READ),
    Switch: (Scope.CHAT,),
    Feedback: (Scope.CHAT,),
    Resume: (Scope.READ,),
    Follow: (Scope.READ,),
    Notices: (Scope.READ,),
}


def check_scope(identity: Identity, request: Request) -> None:
    for required in REQUIRED_SCOPES.get(type(request), ()):
        if required not in identity.scopes:
            names = ("id", "session_id", "request_id")
            ids = {name: getattr(request, name, None) for name in names}
            raise OutOfScope(out_of_scope(required), **ids)
