"""What staff may not do with users of more rights, and with the rows of others."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.urls import reverse

from accounts.models import APIToken, User
from chat.models import Dialog
from knowledge.models import KnowledgeBase
from tests.support.staff import address, make_rows, staff
from tests.support.world import PASSWORD, World


@pytest.fixture
def rows(world: World) -> dict[str, Model]:
    return make_rows(world)


class TestUsers:
    def test_nobody_takes_over_a_user_with_more_rights(self, world: World) -> None:
        support = staff("change_user", "view_user", "delete_user")
        above = User.objects.create_user("above", password=PASSWORD, is_staff=True)
        above.user_permissions.set(Permission.objects.filter(codename="view_chatsession"))
        by_group = User.objects.create_user("by group", password=PASSWORD)
        group = Group.objects.create(name="Readers")
        group.permissions.set(Permission.objects.filter(codename="view_chatsession"))
        by_group.groups.add(group)
        # Once activated, they would be above again.
        inactive = User.objects.create_user("inactive", password=PASSWORD, is_active=False)
        inactive.user_permissions.set(Permission.objects.filter(codename="add_group"))
        root = User.objects.create_superuser("root", password=PASSWORD, is_active=False)
        new = {"password1": "quite another one", "password2": "quite another one"}
        for user in (above, by_group, inactive, root):
            for page in ("password", "change", "delete"):
                taken = support.post(address(User, page, user), {**new, "post": "yes"})
                assert taken.status_code == 403, (user, page)
            assert User.objects.get(pk=user.pk).password == user.password
            # They are still seen.
            assert support.get(address(User, "change", user)).status_code == 200

    def test_those_with_fewer_rights_are_helped(self, world: World) -> None:
        support = staff("change_user", "view_user")
        new = {"password1": "quite another one", "password2": "quite another one"}
        for user in (world.bob.user, User.objects.get(username="staff")):
            done = support.post(address(User, "password", user), {**new, "usable_password": "true"})
            assert done.status_code == 302
            assert User.objects.get(pk=user.pk).check_password("quite another one")

    def test_the_list_deletes_nobody_with_more_rights(self, world: World) -> None:
        support = staff("change_user", "delete_user")
        above = User.objects.create_user("above", password=PASSWORD, is_staff=True)
        above.user_permissions.set(Permission.objects.filter(codename="view_chatsession"))
        form = {"action": "delete_selected", "_selected_action": above.pk, "post": "yes"}
        assert support.post(reverse("admin:accounts_user_changelist"), form).status_code == 403
        assert User.objects.filter(pk=above.pk).exists()

    @pytest.mark.parametrize("permission", ["add_group", "change_group", "delete_group"])
    def test_groups_give_power_and_are_for_superusers(self, db: None, permission: str) -> None:
        browser = staff(permission, "view_group")
        own = Group.objects.create(name="Own")
        User.objects.get(username="staff").groups.add(own)
        everything = {"name": "Own", "permissions": list(Permission.objects.values_list("pk"))}
        for page in ("add", "change", "delete"):
            answer = browser.post(address(Group, page, own), {**everything, "post": "yes"})
            assert answer.status_code == 403
        assert not own.permissions.exists()


class TestKnowledgeBasesOfDialogs:
    def test_who_adds_a_dialog_is_offered_what_they_may_see(
        self, rows: dict[str, Model], world: World
    ) -> None:
        adder, seer = staff("add_dialog"), staff("add_dialog", "view_knowledgebase", username="s")
        KnowledgeBase.objects.create(owner=User.objects.get(username="staff"), name="My own")
        page = adder.get(reverse("admin:chat_dialog_add")).content.decode()
        assert "My own" in page
        assert "bbbase" not in page
        assert "bbbase" in seer.get(reverse("admin:chat_dialog_add")).content.decode()
        form = {
            "name": "Mine",
            "owner": world.alice.user.pk,
            "engine": "extractive",
            "top_n": 6,
            "similarity_threshold": 0.2,
            "knowledge_bases": [rows["knowledgebase"].pk],
        }
        refused = adder.post(reverse("admin:chat_dialog_add"), form)
        assert refused.status_code == 200
        assert "bbbase" not in refused.content.decode()
        assert not Dialog.objects.filter(name="Mine").exists()

    def test_what_an_editor_does_not_see_stays(self, rows: dict[str, Model], world: World) -> None:
        editor = staff("change_dialog")
        own = address(Dialog, "change", world.dialog)
        assert "bbbase" not in editor.get(own).content.decode()
        form = {
            "name": "Renamed",
            "engine": "extractive",
            "top_n": 6,
            "similarity_threshold": 0.2,
            "answer_threshold": 0.5,
        }
        assert editor.post(own, form).status_code == 302
        world.dialog.refresh_from_db()
        assert world.dialog.name == "Renamed"
        names = set(world.dialog.knowledge_bases.values_list("name", flat=True))
        assert names == {"bbbase", "Handbook"}


def test_nobody_sees_others_tokens(world: World) -> None:
    browser = staff("view_apitoken", "change_apitoken", "delete_apitoken", "add_apitoken")
    for page in ("change", "delete", "history", "rotate"):
        answer = browser.get(address(APIToken, page, world.alice.token_row))
        assert answer.status_code in (302, 403, 404), page
