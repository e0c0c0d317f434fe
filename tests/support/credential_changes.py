"""Ways to revoke or change alice's credentials, through the same code as the product."""

from __future__ import annotations

import asyncio
from typing import Any

from django.test import Client

from accounts.api_tokens.tokens import delete_tokens, revoke_tokens
from accounts.models import APIToken, User
from core.broadcast import broadcaster
from tests.support.world import PASSWORD, World

USERS = "/admin/accounts/user/"
TOKENS = "/admin/accounts/apitoken/"


def superuser_client() -> Client:
    browser = Client()
    browser.force_login(User.objects.create_superuser("root", password=PASSWORD))
    return browser


def revoke(world: World) -> None:
    revoke_tokens(APIToken.objects.filter(pk=world.alice.token_row.pk))


def delete(world: World) -> None:
    delete_tokens(APIToken.objects.filter(pk=world.alice.token_row.pk))


def revoke_in_the_admin(world: World) -> None:
    check_redirect(
        superuser_client().post(
            TOKENS, {"action": "revoke", "_selected_action": world.alice.token_row.pk}
        )
    )


def delete_in_the_admin(world: World) -> None:
    check_redirect(
        superuser_client().post(f"{TOKENS}{world.alice.token_row.pk}/delete/", {"post": "yes"})
    )


def deactivate(world: World) -> None:
    form = {"username": "alice", "date_joined_0": "2026-01-01", "date_joined_1": "12:00"}
    check_redirect(superuser_client().post(f"{USERS}{world.alice.user.pk}/change/", form))


def delete_user(world: World) -> None:
    check_redirect(
        superuser_client().post(f"{USERS}{world.alice.user.pk}/delete/", {"post": "yes"})
    )


def delete_users(world: World) -> None:
    form = {"action": "delete_selected", "post": "yes", "_selected_action": world.alice.user.pk}
    check_redirect(superuser_client().post(USERS, form))


def set_password(world: World) -> None:
    world.alice.user.set_password("quite another one")
    world.alice.user.save()


TOKEN_CHANGES = (revoke, delete, revoke_in_the_admin, delete_in_the_admin)
USER_CHANGES = (deactivate, delete_user, delete_users)


def check_redirect(response: Any) -> None:
    assert response.status_code == 302, response.content.decode()


async def is_joined(group: str) -> None:
    # The channel layer reports no joins, so there is no event to wait for.
    while group not in broadcaster()._joined:  # noqa: ASYNC110
        await asyncio.sleep(0)
