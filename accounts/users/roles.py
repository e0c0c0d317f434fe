"""The roles of staff: groups of permissions that a migration makes. Superusers may change them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

# What each role may do with the rows of each model.
READ = ("view",)
KEEP = ("view", "add", "change", "delete")
VIEWER = {
    "dialog": READ,
    "knowledgebase": READ,
    "document": READ,
    "chatsession": READ,
    "attachment": READ,
    "person": READ,
}
OPERATOR = {
    **VIEWER,
    "dialog": KEEP,
    "knowledgebase": KEEP,
    "document": KEEP,
    # To send notices and to block people.
    "chatsession": ("view", "change"),
    "person": ("view", "change"),
    # Their own.
    "apitoken": KEEP,
    "login": ("view", "change"),
}
ADMIN = {
    **OPERATOR,
    "chatsession": ("view", "change", "delete"),
    "attachment": ("view", "delete"),
    "user": KEEP,
    "auditevent": READ,
}
ROLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "viewer": VIEWER,
    "operator": OPERATOR,
    "admin": ADMIN,
}
# What forms call them.
ROLE_LABELS = {"viewer": _("viewer"), "operator": _("operator"), "admin": _("admin")}


def permissions_of(role: str) -> Iterator[str]:
    """The codenames of Django's permissions."""
    for model, actions in ROLES[role].items():
        yield from (f"{action}_{model}" for action in actions)
