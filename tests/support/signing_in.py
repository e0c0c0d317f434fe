"""Signs a person in at the pages of a real server, as a browser does."""

from __future__ import annotations

import re
import subprocess
import sys

import httpx

from tests.support.server import ROOT, Server, environment


def create_superuser(server: Server) -> dict[str, str]:
    """The fields of the login form."""
    fields = {"username": "root", "password": "a password of the test"}
    variables = {
        "DJANGO_SUPERUSER_USERNAME": fields["username"],
        "DJANGO_SUPERUSER_EMAIL": "root@example.org",
        "DJANGO_SUPERUSER_PASSWORD": fields["password"],
    }
    subprocess.run(
        [sys.executable, "manage.py", "createsuperuser", "--noinput"],
        cwd=ROOT,
        env=environment(server.data) | variables,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return fields


def sign_in(browser: httpx.Client, path: str, fields: dict[str, str]) -> httpx.Response:
    token = token_in(browser.get(path).text)
    response = browser.post(path, data={**fields, "csrfmiddlewaretoken": token})
    assert "sessionid" in browser.cookies
    return response


def token_in(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    return found[1]
