"""One row of each model of the admin, and staff with the permissions that a test names."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.audit.record import record
from accounts.models import Action, AuditEvent, Person, User
from chat.models import Attachment, ChatSession, Message
from knowledge.models import Chunk, Document, KnowledgeBase
from tests.support.world import PASSWORD, World

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.model_name or "")


def make_rows(world: World) -> dict[str, Model]:
    """One of each model, full of words to look for."""
    alice, dialog = world.alice.user, world.dialog
    world.dialog.prompt = "iiinstruction"
    world.dialog.save()
    base = KnowledgeBase.objects.create(owner=alice, name="bbbase")
    dialog.knowledge_bases.add(base)
    document = Document.objects.create(knowledge_base=base, name="dddocument", status="ready")
    Chunk.objects.create(
        document=document, knowledge_base=base, position=0, text="ccchunk", terms="c"
    )
    session = ChatSession.objects.create(dialog=dialog, user=alice, name="nnnamed")
    passages = [{"place": "", "text": "pppassage"}]
    file = Attachment.objects.create(owner=alice, name="fffile", size=1, passages=passages)
    question = Message.objects.create(session=session, role="user", content="qqquestion")
    question.attachments.add(file)
    Message.objects.create(session=session, role="assistant", content="aaanswer", question=question)
    record(Action.DELETE, "chatsession 5")
    found: dict[str, Model] = {
        "user": alice,
        "group": Group.objects.create(name="Librarians"),
        "person": Person.objects.create(platform="wechat"),
        "auditevent": AuditEvent.objects.latest("pk"),
        "dialog": dialog,
        "chatsession": session,
        "attachment": file,
        "knowledgebase": base,
        "document": document,
    }
    return found


def staff(*names: str, username: str = "staff") -> Client:
    """Of APIs tokens and logins, staff see their own."""
    user = User.objects.create_user(username, password=PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    browser = Client()
    browser.force_login(user)
    return browser


def address(model: type[Model], page: str, row: Model) -> str:
    name = model._meta.model_name
    if page == "password":
        return reverse("admin:auth_user_password_change", args=[row.pk])
    args = [] if page in ("changelist", "add") else [row.pk]
    return reverse(f"admin:{model._meta.app_label}_{name}_{page}", args=args)
