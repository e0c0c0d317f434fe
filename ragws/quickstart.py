"""A working server from nothing: what a newcomer needs is made, what is there is kept."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import call_command

from accounts.api_tokens.tokens import identify_token, issue_token, revoke_tokens
from accounts.errors import NotAuthenticated
from accounts.models import APIToken, User
from chat.models import Dialog
from core.commands import json_line
from core.version import VERSION
from knowledge.ingestion import ingest
from knowledge.models import Document, KnowledgeBase

ADMIN = "admin"
TOKEN_NAME = "quickstart"  # noqa: S105
KNOWLEDGE_BASE = "Demo library"
DIALOG = "Demo assistant"
OPENER = (
    "Hi! I answer from a small library: tea, the night sky, bicycles, writing, and this server's "
    "own handbook. 也可以用中文问我：茶、星空、桥、汉字。"
)


@dataclass(slots=True)
class Ready:
    """What there is now. `admin_password` is empty if somebody changed it since."""

    admin_user: str
    admin_password: str
    chat_id: str
    token: str
    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def note(self, thing: str, is_new: bool) -> None:
        (self.made if is_new else self.kept).append(thing)


def prepare(say: Callable[[str], None]) -> Ready:
    """Safe to call again and again; `say` hears what is going on."""
    say("Preparing the database …")
    call_command("migrate", verbosity=0)
    known = _remembered()
    ready = Ready(ADMIN, known.get("admin_password", ""), "", known.get("token", ""))
    admin = _admin(ready)
    _token(ready, admin)
    base = _knowledge_base(ready, admin, say)
    ready.chat_id = _dialog(ready, admin, base).pk.hex
    _remember({"admin_password": ready.admin_password, "token": ready.token})
    return ready


def _admin(ready: Ready) -> User:
    admin = User.objects.filter(username=ADMIN).first()
    if admin is None:
        ready.admin_password = secrets.token_urlsafe(12)
        admin = User.objects.create_superuser(ADMIN, password=ready.admin_password)
        ready.note(f"the user {ADMIN}", True)
        return admin
    if authenticate(username=ADMIN, password=ready.admin_password) is None:
        ready.admin_password = ""
    ready.note(f"the user {ADMIN} and the password", False)
    return admin


def _token(ready: Ready, admin: User) -> None:
    if _is_good(ready.token, admin):
        ready.note("the API token", False)
        return
    revoke_tokens(APIToken.objects.filter(user=admin, name=TOKEN_NAME))
    ready.token = issue_token(admin, TOKEN_NAME).secret
    ready.note("an API token", True)


def _is_good(token: str, admin: User) -> bool:
    try:
        return bool(token) and identify_token(token).user == admin
    except NotAuthenticated:
        return False


def _knowledge_base(ready: Ready, admin: User, say: Callable[[str], None]) -> KnowledgeBase:
    base, is_new = KnowledgeBase.objects.get_or_create(owner=admin, name=KNOWLEDGE_BASE)
    before = set(base.documents.values_list("name", flat=True))
    for path in demo_files():
        if path.name not in before:
            say(f"Reading {path.name} …")
            ingest(base, path.name, path.read_bytes())
    count = base.documents.filter(status=Document.Status.READY).count()
    ready.note(f"the knowledge base “{base.name}” with {count} documents", is_new)
    return base


def demo_files() -> list[Path]:
    """Something to enjoy asking about, in two languages, and the project's own handbook."""
    root = settings.BASE_DIR
    handbook = {*root.glob("README*.md"), *(root / "docs").glob("*.md")}
    # An index answers nothing, and a document of its name is there already.
    handbook.discard(root / "docs" / "README.md")
    return sorted([*(root / "demo").glob("*/*.md"), *handbook])


def _dialog(ready: Ready, admin: User, base: KnowledgeBase) -> Dialog:
    dialog, is_new = Dialog.objects.get_or_create(
        owner=admin, name=DIALOG, defaults={"opener": OPENER}
    )
    if is_new:
        dialog.knowledge_bases.add(base)
    ready.note(f"the dialog “{dialog.name}”", is_new)
    return dialog


def _memory() -> Path:
    """Beside the keys that could forge either secret, readable by their owner alone."""
    return Path(settings.DATA_DIR) / "quickstart.json"


def _remembered() -> dict[str, str]:
    try:
        found = json.loads(_memory().read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _remember(secrets_shown: dict[str, str]) -> None:
    path = _memory()
    path.touch(mode=0o600)
    path.write_text(json.dumps(secrets_shown))


def as_json(ready: Ready, url: str, login_url: str, admin_url: str) -> str:
    addresses = {"url": url, "login_url": login_url, "admin_url": admin_url}
    return json_line({"version": VERSION} | addresses | asdict(ready))
