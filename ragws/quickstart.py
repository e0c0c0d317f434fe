"""Sets up a working server from nothing; whatever exists already is kept."""

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
class QuickstartResult:
    """`admin_password` is empty if it is no longer the one that was generated."""

    admin_user: str
    admin_password: str
    chat_id: str
    token: str
    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def add(self, thing: str, is_new: bool) -> None:
        (self.made if is_new else self.kept).append(thing)


def prepare(report: Callable[[str], None]) -> QuickstartResult:
    """May be called any number of times. `report` gets a line about each slow step."""
    report("Preparing the database …")
    call_command("migrate", verbosity=0)
    saved = _load_secrets()
    result = QuickstartResult(ADMIN, saved.get("admin_password", ""), "", saved.get("token", ""))
    admin = _admin(result)
    _token(result, admin)
    base = _knowledge_base(result, admin, report)
    result.chat_id = _dialog(result, admin, base).pk.hex
    _save_secrets({"admin_password": result.admin_password, "token": result.token})
    return result


def _admin(result: QuickstartResult) -> User:
    admin = User.objects.filter(username=ADMIN).first()
    if admin is None:
        result.admin_password = secrets.token_urlsafe(12)
        admin = User.objects.create_superuser(ADMIN, password=result.admin_password)
        result.add(f"the user {ADMIN}", True)
        return admin
    if authenticate(username=ADMIN, password=result.admin_password) is None:
        result.admin_password = ""
    result.add(f"the user {ADMIN} and the password", False)
    return admin


def _token(result: QuickstartResult, admin: User) -> None:
    if _is_good(result.token, admin):
        result.add("the API token", False)
        return
    revoke_tokens(APIToken.objects.filter(user=admin, name=TOKEN_NAME))
    result.token = issue_token(admin, TOKEN_NAME).secret
    result.add("an API token", True)


def _is_good(token: str, admin: User) -> bool:
    try:
        return bool(token) and identify_token(token).user == admin
    except NotAuthenticated:
        return False


def _knowledge_base(
    result: QuickstartResult, admin: User, report: Callable[[str], None]
) -> KnowledgeBase:
    base, is_new = KnowledgeBase.objects.get_or_create(owner=admin, name=KNOWLEDGE_BASE)
    before = set(base.documents.values_list("name", flat=True))
    for path in demo_files():
        if path.name not in before:
            report(f"Reading {path.name} …")
            ingest(base, path.name, path.read_bytes())
    count = base.documents.filter(status=Document.Status.READY).count()
    result.add(f"the knowledge base “{base.name}” with {count} documents", is_new)
    return base


def demo_files() -> list[Path]:
    """Documents to ask about, in two languages, and the project's own documentation."""
    root = settings.BASE_DIR
    documentation = {*root.glob("README*.md"), *(root / "docs").glob("*.md")}
    # An index answers nothing, and a document of its name is there already.
    documentation.discard(root / "docs" / "README.md")
    return sorted([*(root / "demo").glob("*/*.md"), *documentation])


def _dialog(result: QuickstartResult, admin: User, base: KnowledgeBase) -> Dialog:
    dialog, is_new = Dialog.objects.get_or_create(
        owner=admin, name=DIALOG, defaults={"opener": OPENER}
    )
    if is_new:
        dialog.knowledge_bases.add(base)
    result.add(f"the dialog “{dialog.name}”", is_new)
    return dialog


def _secrets_path() -> Path:
    """In the folder of the signing keys, which could forge either secret; for its owner only."""
    return Path(settings.DATA_DIR) / "quickstart.json"


def _load_secrets() -> dict[str, str]:
    try:
        found = json.loads(_secrets_path().read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _save_secrets(saved: dict[str, str]) -> None:
    path = _secrets_path()
    path.touch(mode=0o600)
    path.write_text(json.dumps(saved))


def as_json(result: QuickstartResult, url: str, login_url: str, admin_url: str) -> str:
    addresses = {"url": url, "login_url": login_url, "admin_url": admin_url}
    return json_line({"version": VERSION} | addresses | asdict(result))
