"""Sets up a working server from nothing; whatever exists already is kept."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
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


@dataclass(frozen=True, slots=True)
class Demo:
    """A knowledge base and a dialog that answers from it."""

    knowledge_base: str
    dialog: str
    opener: str
    starters: Sequence[str]


LIBRARY = Demo(
    knowledge_base="Demo library",
    dialog="Demo assistant",
    opener=(
        "Hi! I answer from a small library: tea, the night sky, bicycles, bridges and writing. "
        "也可以用中文问我：茶、星空、自行车、桥、汉字。"
    ),
    starters=(
        "How hot should the water for green tea be?",
        "Why does the Moon always show us the same side?",
        "How do I mend a puncture?",
        "怎样用北斗七星找到北极星？",
        "六大茶类有哪些？",
        "赵州桥是谁主持建造的？",
    ),
)
HANDBOOK = Demo(
    knowledge_base="Demo handbook",
    dialog="Handbook assistant",
    opener=(
        "Hi! I answer from the handbook of this server: how to set it up, connect and run it. "
        "也可以用中文问我。"
    ),
    starters=(
        "How do I create an API token?",
        "Which engines are there?",
        "What is the difference between a ticket and an API token?",
        "怎样上传文档？",
        "能读取哪些格式的文件？",
        "断线以后会怎样？",
    ),
)


# The index answers nothing, and a document of its name is there already. The others are for those
# who change the server.
NOT_IN_HANDBOOK = ("README.md", "architecture.md", "security-standards.md")


@dataclass(slots=True)
class QuickstartResult:
    """`admin_password` is empty if it is no longer the one that was generated."""

    admin_user: str
    admin_password: str
    chat_id: str
    token: str
    handbook_chat_id: str = ""
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
    result.chat_id = _demo(result, admin, LIBRARY, library_files(), report)
    result.handbook_chat_id = _demo(result, admin, HANDBOOK, handbook_files(), report)
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


def _demo(
    result: QuickstartResult,
    admin: User,
    demo: Demo,
    files: Sequence[Path],
    report: Callable[[str], None],
) -> str:
    """The id of its dialog. What is there already stays as it is, whatever it was made of."""
    base, is_new = KnowledgeBase.objects.get_or_create(owner=admin, name=demo.knowledge_base)
    before = set(base.documents.values_list("name", flat=True))
    for path in files:
        if path.name not in before:
            report(f"Reading {path.name} …")
            ingest(base, path.name, path.read_bytes())
    count = base.documents.filter(status=Document.Status.READY).count()
    result.add(f"the knowledge base “{base.name}” with {count} documents", is_new)
    made = {"name": demo.dialog, "opener": demo.opener, "starters": list(demo.starters)}
    dialogs = Dialog.objects.filter(owner=admin)
    dialog, is_new = dialogs.get_or_create(owner=admin, name__iexact=demo.dialog, defaults=made)
    if is_new:
        dialog.knowledge_bases.add(base)
    result.add(f"the dialog “{dialog.name}”", is_new)
    return dialog.pk.hex


def library_files() -> list[Path]:
    """Documents to ask about, in two languages."""
    demo = settings.BASE_DIR / "demo"
    return sorted([*(demo / "en").glob("*.md"), *(demo / "zh").glob("*.md")])


def handbook_files() -> list[Path]:
    """What the project's own documentation says to those who use it, and a short one in Chinese."""
    root = settings.BASE_DIR
    documentation = {
        *root.glob("README*.md"),
        *(root / "docs").glob("*.md"),
        *(root / "demo" / "handbook").glob("*.md"),
    }
    return sorted(documentation - {root / "docs" / name for name in NOT_IN_HANDBOOK})


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
