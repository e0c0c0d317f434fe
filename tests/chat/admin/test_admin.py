"""The admin of conversations, dialogs and attachments."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.api_tokens.tokens import issue_token
from accounts.models import Person, User
from chat.models import Attachment, ChatSession, Dialog, Message
from knowledge.models import KnowledgeBase
from tests.support.world import World

pytestmark = pytest.mark.database

DIALOGS = "/admin/chat/dialog/"
SESSIONS = "/admin/chat/chatsession/"


@pytest.fixture
def admin(world: World) -> Client:
    browser = Client()
    browser.force_login(User.objects.create_superuser("root", password="correct horse battery"))
    return browser


@pytest.fixture
def session(world: World) -> ChatSession:
    return ChatSession.objects.create(
        dialog=world.dialog, user=world.alice.user, name="Tea <b>& more</b>"
    )


def say(session: ChatSession, question: str, answer: str, **rest: Any) -> Message:
    asked = Message.objects.create(session=session, role=Message.Role.USER, content=question)
    return Message.objects.create(
        session=session, role=Message.Role.ASSISTANT, question=asked, content=answer, **rest
    )


def chunk(name: str, text: str, **rest: Any) -> dict[str, Any]:
    place = {"place": "Guide › Tea"}
    return {
        "document_name": name,
        "content": text,
        "similarity": 0.514,
        "document_metadata": place,
    } | rest


def read(browser: Client, session: ChatSession, **query: Any) -> str:
    page = browser.get(f"{SESSIONS}{session.pk}/change/", query)
    assert page.status_code == 200
    return page.content.decode()


def test_a_conversation_is_readable(admin: Client, session: ChatSession) -> None:
    answer = say(
        session,
        "How long does tea steep?",
        "Three minutes [ID:1].",
        reasoning="They ask about tea.",
        reference={"total": 2, "chunks": [chunk("a.md", "Coffee."), chunk("b.md", "Tea steeps.")]},
        usage={"prompt_tokens": 120, "completion_tokens": 34, "total_tokens": 154},
        first_token_ms=180,
        total_ms=950,
    )
    page = read(admin, session)
    for text in (
        "How long does tea steep?",
        "They ask about tea.",
        "Tea steeps.",
        "Guide › Tea",
        "51 %",
        "1 source<",
        "1 passage found, not cited",
        "first words after 180 ms",
        "120 + 34 tokens",
        "complete",
    ):
        assert text in page
    assert f'Three minutes <a class="cite" href="#source-{answer.pk.hex}-2">2</a>.' in page
    assert f'id="source-{answer.pk.hex}-2"' in page


def listed(browser: Client, **query: str) -> set[str]:
    page = browser.get(SESSIONS, query)
    assert page.status_code == 200
    return {row.name for row in page.context["cl"].result_list}


def test_conversations_are_filtered_by_status_and_by_unanswered_questions(
    world: World, admin: Client
) -> None:
    named = {
        name: ChatSession.objects.create(dialog=world.dialog, user=world.alice.user, name=name)
        for name in ("whole", "failed", "regained", "empty")
    }
    say(named["whole"], "Tea?", "Yes.")
    say(named["failed"], "Tea?", "", status=Message.Status.FAILED)
    first = say(named["regained"], "Tea?", "", status=Message.Status.FAILED)
    Message.objects.create(
        session=named["regained"], role="assistant", question=first.question, content="Yes."
    )
    assert listed(admin, answer="failed") == {"failed"}
    assert listed(admin, answer="complete") == {"whole", "regained"}
    assert listed(admin, answer="unanswered") == {"failed"}


def test_people_lead_to_their_conversations_and_back(world: World, admin: Client) -> None:
    alice, bob = world.alice.user, world.bob.user
    ChatSession.objects.create(dialog=world.dialog, user=bob, name="bobs")
    session = ChatSession.objects.create(
        dialog=world.dialog, user=alice, name="visitors", end_user="v & 1"
    )
    ChatSession.objects.create(dialog=world.dialog, user=alice, name="alices")
    assert listed(admin, user=alice.pk.hex) == {"visitors", "alices"}
    assert listed(admin, end_user="v & 1") == {"visitors"}
    assert listed(admin, user="nonsense") == set()

    page = read(admin, session)
    assert f"{SESSIONS}?end_user=v%20%26%201" in page
    assert f"{SESSIONS}?user={alice.pk.hex}" in page
    users = f"/admin/accounts/user/{alice.pk}/change/"
    assert users in page
    assert f"{SESSIONS}?user={alice.pk.hex}" in admin.get(users).content.decode()


def test_a_transcript_leads_to_the_mini_program_user(world: World, admin: Client) -> None:
    person = Person.objects.create(platform="wechat")
    addresses = {}
    for end_user in (person.end_user, f"alipay-{person.pk.hex}", f"wechat-{'0' * 32}", "wechat-x"):
        session = ChatSession.objects.create(
            dialog=world.dialog, user=world.alice.user, name="tea", end_user=end_user
        )
        addresses[end_user] = "/admin/accounts/person/" in read(admin, session).partition("<h1>")[2]
    assert [end_user for end_user, is_link in addresses.items() if is_link] == [person.end_user]


def test_only_the_owner_of_a_dialog_is_led_to_the_playground(world: World, admin: Client) -> None:
    page = f"{DIALOGS}{world.dialog.pk}/change/"
    link = f'href="/?chat={world.dialog.pk.hex}"'
    assert link not in admin.get(page).content.decode()
    User.objects.filter(pk=world.alice.user.pk).update(is_staff=True, is_superuser=True)
    admin.force_login(world.alice.user)
    assert link in admin.get(page).content.decode()


def test_html_in_a_conversation_is_escaped(admin: Client, session: ChatSession) -> None:
    evil = "<script>alert(1)</script>"
    say(
        session,
        evil,
        evil,
        reasoning=evil,
        error=evil,
        error_code=502,
        status=Message.Status.FAILED,
        reference={"chunks": [chunk(evil, evil, document_metadata={"place": evil})]},
    )
    page = read(admin, session)
    assert evil not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 7
    assert "Tea &lt;b&gt;&amp; more&lt;/b&gt;" in page


@pytest.mark.parametrize("citation", ["[ID:7]", "[ID:" + "9" * 5000 + "]", "[ID:x]"])
def test_a_citation_without_a_source_stays_text(
    admin: Client, session: ChatSession, citation: str
) -> None:
    say(session, "Tea?", f"Yes {citation}.", reference={"chunks": [chunk("a.md", "Tea.")]})
    assert f"Yes {citation}." in read(admin, session)


@pytest.mark.parametrize(
    "reference", [{}, {"chunks": []}, {"chunks": [{}]}, {"chunks": [{"similarity": None}]}]
)
def test_sources_may_lack_fields(
    admin: Client, session: ChatSession, reference: dict[str, Any]
) -> None:
    say(session, "Tea?", "Yes.", reference=reference)
    read(admin, session)


def test_unfinished_and_failed_answers_show_their_status(
    admin: Client, session: ChatSession
) -> None:
    say(session, "One?", "Half of", status=Message.Status.INTERRUPTED)
    failed = {"error_code": 504, "error": "The model's server fell silent"}
    say(session, "Two?", "", status=Message.Status.FAILED, **failed)
    say(session, "Three?", "", status=Message.Status.PENDING)
    page = read(admin, session)
    for text in ("interrupted", "failed", "pending", "504", "The model&#x27;s server fell silent"):
        assert text in page


def test_a_long_conversation_has_pages_and_few_queries(
    admin: Client,
    session: ChatSession,
    world: World,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    file = Attachment.objects.create(owner=world.alice.user, name="tea.txt", size=5, passages=[])
    for number in range(45):
        answer = say(session, f"Question {number:02}?", "Yes.")
        assert answer.question is not None
        answer.question.attachments.add(file)
    with django_assert_max_num_queries(13):
        first = read(admin, session)
    assert first.count("tea.txt") == 20
    assert "Question 19?" in first
    assert "Question 20?" not in first
    assert "Question 44?" in read(admin, session, page="3")
    assert "Question 44?" in read(admin, session, page="99")
    assert "Question 00?" in read(admin, session, page="x")


def test_the_list_shows_the_status_of_conversations(
    admin: Client, session: ChatSession, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        say(session, "Tea?", "Yes.", status=Message.Status.STOPPED)
    # The first search indexes what these tests have made without the index.
    admin.get(SESSIONS, {"q": "tea"})
    with django_assert_max_num_queries(13):
        page = admin.get(SESSIONS, {"q": "tea"}).content.decode()
    assert '<td class="field-questions">3</td>' in page
    assert "stopped" in page


def test_a_conversation_cannot_be_edited(admin: Client, session: ChatSession) -> None:
    assert admin.get(SESSIONS + "add/").status_code == 403
    page = read(admin, session)
    assert "_save" not in page
    assert "Delete this conversation" in page


def test_an_unknown_conversation_is_not_found(admin: Client, session: ChatSession) -> None:
    for id in ("nonsense", "0" * 32):
        assert admin.get(f"{SESSIONS}{id}/change/").status_code == 404


def test_a_conversation_is_for_admins_with_permission_only(
    world: World, session: ChatSession
) -> None:
    browser = Client()
    address = f"{SESSIONS}{session.pk}/change/"
    assert "/admin/login/" in browser.get(address).headers["Location"]
    browser.force_login(world.bob.user)
    assert "/admin/login/" in browser.get(address).headers["Location"]
    User.objects.filter(pk=world.bob.user.pk).update(is_staff=True)
    assert browser.get(address).status_code == 403


def save(browser: Client, world: World, **changes: Any) -> Any:
    form = {
        "name": "Shop",
        "owner": world.alice.user.pk,
        "engine": "extractive",
        "knowledge_bases": [world.knowledge_base.pk],
        "top_n": 4,
        "similarity_threshold": 0.3,
        "answer_threshold": 0.5,
        "opener": "Hello",
        "model_settings": "{}",
        **changes,
    }
    return browser.post(DIALOGS + "add/", form)


def test_a_dialog_is_created(world: World, admin: Client) -> None:
    page = admin.get(DIALOGS + "add/").content.decode()
    assert "Handbook (alice)" in page
    assert '<option value="openai">' in page
    saved = save(admin, world, model_settings='{"temperature": 0.1}')
    assert saved.status_code == 302
    dialog = Dialog.objects.get(name="Shop")
    assert dialog.owner == world.alice.user
    assert dialog.model_settings == {"temperature": 0.1}
    assert list(dialog.knowledge_bases.all()) == [world.knowledge_base]
    page = admin.get(f"{DIALOGS}{dialog.pk}/change/").content.decode()
    assert f'<code id="chat-{dialog.pk.hex}">{dialog.pk.hex}</code>' in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"model_settings": "{"}, "Enter a valid JSON"),
        ({"model_settings": "[1]"}, "Model settings must be a JSON object"),
        ({"model_settings": '{"temperature": "hot"}'}, "`temperature` must be a number"),
        ({"model_settings": '{"temperature": NaN}'}, "`temperature` must be a number"),
        ({"model_settings": '{"tempo": 1}'}, "`tempo` is not a model setting"),
        ({"starters": "Who?\nWho?"}, "A question of `starters` is there twice"),
        ({"starters": "\n".join("abcdefg")}, "`starters` may have at most 6 questions"),
        ({"engine": "unknown"}, "Select a valid choice"),
        ({"similarity_threshold": 2}, "less than or equal to 1"),
        ({"top_n": 0}, "greater than or equal to 1"),
    ],
)
def test_a_wrong_field_of_a_dialog_is_named(
    world: World, admin: Client, changes: dict[str, Any], sentence: str
) -> None:
    page = save(admin, world, **changes)
    assert sentence in page.content.decode()
    assert not Dialog.objects.filter(name="Shop").exists()


def test_emptied_model_settings_are_saved_as_none(world: World, admin: Client) -> None:
    assert save(admin, world, model_settings="").status_code == 302
    assert Dialog.objects.get(name="Shop").model_settings == {}


def test_starters_are_entered_one_a_line(world: World, admin: Client) -> None:
    assert save(admin, world, starters="Who?\r\n\r\n 谁？ \r\n").status_code == 302
    dialog = Dialog.objects.get(name="Shop")
    assert dialog.starters == ["Who?", "谁？"]
    page = admin.get(f"{DIALOGS}{dialog.pk}/change/").content.decode()
    assert ">\nWho?\n谁？</textarea>" in page


def test_a_name_is_one_dialog_s_of_an_owner_whatever_its_case(world: World, admin: Client) -> None:
    sentence = "There is a dialog “HELPDESK” of this owner already."
    assert save(admin, world, name="Shop").status_code == 302
    added = save(admin, world, name="HELPDESK").content.decode()
    assert added.count(sentence) == 1
    shop = Dialog.objects.get(name="Shop")
    address = f"{DIALOGS}{shop.pk}/change/"
    form = {"engine": "extractive", "top_n": 4, "similarity_threshold": 0.3}
    form |= {"answer_threshold": 0.5, "model_settings": "{}"}
    changed = admin.post(address, {**form, "name": "HELPDESK"}).content.decode()
    assert changed.count(sentence) == 1
    # Its own name in another case, and a name of another owner's.
    assert admin.post(address, {**form, "name": "SHOP"}).status_code == 302
    theirs = {"owner": world.bob.user.pk, "knowledge_bases": []}
    assert save(admin, world, name="HELPDESK", **theirs).status_code == 302
    names = Dialog.objects.order_by("name").values_list("name", flat=True)
    assert sorted(names) == ["HELPDESK", "Helpdesk", "SHOP"]


@pytest.mark.django_db(transaction=True)
def test_a_migration_renames_dialogs_of_the_same_name(world: World) -> None:
    before = [("chat", "0012_token_of_a_question")]
    executor = MigrationExecutor(connection)
    executor.migrate(before)
    old = executor.loader.project_state(before).apps.get_model("chat", "Dialog")
    alice, bob = world.alice.user.pk, world.bob.user.pk
    day = datetime(2026, 1, 1, tzinfo=UTC)
    names = ["Tea", "TEA", "tea (2)", "tea", "L" * 255, "l" * 255]
    made = [
        old.objects.create(owner_id=owner, name=name, created_at=day + timedelta(number))
        for number, (owner, name) in enumerate([*((alice, name) for name in names), (bob, "tea")])
    ]
    updated = [row.updated_at for row in made]
    try:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
        rows = [Dialog.objects.get(pk=row.pk) for row in made]
        assert [row.name for row in rows] == [
            *("Tea", "TEA (3)", "tea (2)", "tea (4)"),
            *("L" * 255, "l" * 251 + " (2)", "tea"),
        ]
        assert [row.updated_at for row in rows] == updated
        with pytest.raises(IntegrityError):
            Dialog.objects.create(owner=world.alice.user, name="tEA")
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())


def test_a_dialog_has_knowledge_bases_of_its_owner_only(world: World, admin: Client) -> None:
    foreign = KnowledgeBase.objects.create(owner=world.bob.user, name="Bob's")
    page = save(admin, world, knowledge_bases=[world.knowledge_base.pk, foreign.pk])
    assert "Bob&#x27;s: not a knowledge base of alice." in page.content.decode()

    address = f"{DIALOGS}{world.dialog.pk}/change/"
    page = admin.get(address).content.decode()
    assert "Handbook (alice)" in page
    assert "Bob&#x27;s" not in page


def test_an_engine_that_is_no_longer_configured_is_kept_and_marked(
    world: World, admin: Client
) -> None:
    Dialog.objects.filter(pk=world.dialog.pk).update(engine="gateway")
    page = admin.get(f"{DIALOGS}{world.dialog.pk}/change/").content.decode()
    assert "gateway (not in the settings)" in page


def test_attachments_are_shown_but_cannot_be_edited(world: World, admin: Client) -> None:
    passages = [{"place": "Page 1", "text": "<i>Tea</i>"}]
    file = Attachment.objects.create(
        owner=world.alice.user, name="tea.txt", size=2048, passages=passages
    )
    assert "2.0" in admin.get("/admin/chat/attachment/").content.decode()
    page = admin.get(f"/admin/chat/attachment/{file.pk}/change/").content.decode()
    assert "&lt;i&gt;Tea&lt;/i&gt;" in page
    assert "_save" not in page
    assert json.dumps(passages) not in page


class TestSearch:
    """In what was asked and answered, and by which token."""

    @pytest.fixture
    def sessions(self, world: World) -> dict[str, ChatSession]:
        sessions = {
            name: ChatSession.objects.create(dialog=world.dialog, user=user, name=name)
            for name, user in (("one", world.alice.user), ("two", world.bob.user))
        }
        say(sessions["one"], "How is oolong rolled?", "By hand, in cloth.")
        say(sessions["two"], "绿茶怎么做？", "用蒸汽杀青。")
        return sessions

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("oolong", ["one"]),
            ("OOLONG cloth", ["one"]),
            ("oolong steam", []),
            ('"by hand"', ["one"]),
            ('"hand by"', []),
            ("蒸汽", ["two"]),
            ("绿茶 杀青", ["two"]),
            ("bob", ["two"]),
            ("' \" %", []),
            ("", ["one", "two"]),
        ],
    )
    def test_what_was_said_is_found_in_every_language(
        self, admin: Client, sessions: dict[str, ChatSession], text: str, found: list[str]
    ) -> None:
        page = admin.get(SESSIONS, {"q": text})
        assert sorted(row.name for row in page.context["cl"].result_list) == found

    def test_a_token_leads_to_what_was_asked_with_it(
        self, admin: Client, world: World, sessions: dict[str, ChatSession]
    ) -> None:
        token = issue_token(world.alice.user, "Phone").token
        sessions["one"].messages.filter(role="user").update(token=token)
        address = f"{SESSIONS}?token={token.pk.hex}"
        shown = admin.get(f"/admin/accounts/apitoken/{token.pk}/change/").content.decode()
        assert f'href="{address}"' in shown
        for query, found in ((token.pk.hex, ["one"]), ("nonsense", [])):
            page = admin.get(SESSIONS, {"token": query})
            assert [row.name for row in page.context["cl"].result_list] == found
