"""Pages in Chinese: whatever is ours is translated."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from accounts.api_tokens.tokens import issue_token
from accounts.audit.record import record
from accounts.models import Action, AuditEvent, Login, Person, User
from chat.models import Attachment, ChatSession, Dialog, Message
from knowledge.ingestion import ingest
from knowledge.models import Chunk, Document
from tests.support.world import PASSWORD, World

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.model_name or "")
PAGES = ("changelist", "add", "change", "delete", "history")
# Two words of Latin letters. The data of these tests are single words.
ENGLISH = re.compile(r"[A-Za-z][a-z]+,? [a-z]{2,}")
# Scopes, and what entries of the audit log say.
NAMES = re.compile(r"ragflow-\S+ for \w+|chat, read, manage|\b[0-9a-f]{32}\b")
ATTRIBUTES = ("title", "aria-label", "placeholder", "alt", "data-confirm")


@pytest.fixture
def browser(world: World) -> Client:
    root = User.objects.create_superuser("root", password=PASSWORD)
    browser = Client(headers={"accept-language": "zh-hans"})
    browser.force_login(root)
    return browser


@pytest.fixture
def rows(world: World, browser: Client) -> dict[str, Model]:
    """One of each model."""
    alice = world.alice.user
    document = Document.objects.create(
        knowledge_base=world.knowledge_base, name="tea", status="ready"
    )
    Chunk.objects.create(
        document=document, knowledge_base=world.knowledge_base, position=0, text="x", terms="x"
    )
    session = ChatSession.objects.create(dialog=world.dialog, user=alice, name="tea")
    question = Message.objects.create(session=session, role="user", content="tea")
    file = Attachment.objects.create(
        owner=alice, name="tea", size=1, passages=[{"place": "", "text": "x"}]
    )
    question.attachments.add(file)
    Message.objects.create(session=session, role="assistant", content="tea", question=question)
    record(Action.DELETE, "tea")
    group = alice.groups.model.objects.get_or_create(name="viewer")[0]
    return {
        "user": alice,
        "group": group,
        "apitoken": issue_token(alice, "tea").token,
        "login": Login.objects.create(user=alice, expires_at="2030-01-01T00:00:00Z"),
        "person": Person.objects.create(platform="wechat"),
        "auditevent": AuditEvent.objects.latest("pk"),
        "dialog": Dialog.objects.get(pk=world.dialog.pk),
        "chatsession": session,
        "attachment": file,
        "knowledgebase": world.knowledge_base,
        "document": document,
    }


def texts(html: str) -> Iterator[str]:
    """What a reader sees of a page, and what a screen reader says."""
    tree = LexborHTMLParser(html)
    tree.strip_tags(["script", "style", "template", "code", "pre", "textarea"])
    for node in tree.css("*"):
        yield node.text(deep=False, strip=True)
        yield from (node.attributes.get(name) or "" for name in ATTRIBUTES)


def english(html: str) -> list[str]:
    return [text for text in texts(html) if ENGLISH.search(NAMES.sub("", text))]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model._meta.model_name))
def test_a_page_of_the_admin_in_chinese_says_nothing_in_english(
    browser: Client, rows: dict[str, Model], model: type[Model]
) -> None:
    name = model._meta.model_name or ""
    found = {}
    for page in PAGES:
        arguments = [] if page in ("changelist", "add") else [rows[name].pk]
        address = reverse(f"admin:{model._meta.app_label}_{name}_{page}", args=arguments)
        response = browser.get(address)
        if response.status_code == 200:
            found[page] = english(response.content.decode())
    assert "changelist" in found
    assert not {page: sentences for page, sentences in found.items() if sentences}


def test_trying_a_search_in_chinese_says_nothing_in_english(
    browser: Client, world: World, rows: dict[str, Model]
) -> None:
    base = world.knowledge_base
    ingest(base, "pot", b"tea")
    world.dialog.knowledge_bases.clear()
    address = reverse("admin:knowledge_knowledgebase_try", args=[base.pk])
    for question in ("", "tea", "nothing", "x" * 16_001):
        assert english(browser.get(address, {"question": question}).content.decode()) == []
    world.dialog.knowledge_bases.add(base)
    page = browser.get(address, {"question": "tea"}).content.decode()
    assert world.dialog.name in page
    assert english(page) == []


@pytest.mark.parametrize("path", ["/admin/", "/", "/admin/password_change/", "/admin/nothing/"])
def test_a_page_in_chinese_says_nothing_in_english(
    browser: Client, world: World, path: str
) -> None:
    assert english(browser.get(path).content.decode()) == []


@pytest.mark.parametrize("path", ["/admin/login/", "/login/" + "x" * 43, "/nothing"])
def test_a_page_for_strangers_in_chinese_says_nothing_in_english(db: None, path: str) -> None:
    page = Client(headers={"accept-language": "zh-hans"}).get(path)
    assert english(page.content.decode()) == []
