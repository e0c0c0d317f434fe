"""A real server, a real browser, and a model server that the test scripts."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, StorageState, expect

from tests.support.browser import CHROMIUM, DESKTOP, chromium
from tests.support.browser_visitor import BrowserVisitor, sign_in
from tests.support.fakes.model_server import KEY, ModelServer
from tests.support.requirements import require
from tests.support.server import ROOT, Server, environment, running

SEED = "import django; django.setup(); from tests.support.browser_world import main; main()"


# Playwright's own five seconds are too few for a busy machine.
expect.set_options(timeout=20_000)


@dataclass(frozen=True)
class Scene:
    """The seeded one-time links, which are used from the last on, and dialog ids by engine."""

    links: list[str]
    bobs_link: str
    helpdesk: str
    base: str
    model: str
    load: str


class Model:
    """The fake model server, on an event loop in its own thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.server = ModelServer()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.call(self.server.__aenter__())

    def call(self, coroutine: object) -> object:
        assert asyncio.iscoroutine(coroutine)
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def will_say(self, *steps: str | dict[str, str] | asyncio.Event) -> None:
        self.server.will_say(*steps)

    def open(self, gate: asyncio.Event) -> None:
        self.loop.call_soon_threadsafe(gate.set)

    def close(self) -> None:
        self.call(self.server.__aexit__())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    require("Chromium", CHROMIUM.exists())
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("journeys") / "data"
    data.mkdir()
    return data


@pytest.fixture(scope="package")
def scene(data: Path) -> Scene:
    command = [sys.executable, "-c", SEED]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(data), check=True, stdout=subprocess.PIPE, text=True
    )
    return Scene(**json.loads(done.stdout))


@pytest.fixture(scope="package")
def model() -> Iterator[Model]:
    model = Model()
    yield model
    model.close()


@pytest.fixture(scope="package")
def server(data: Path, scene: Scene, model: Model) -> Iterator[Server]:
    settings = {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": model.server.base_url,
        "OPENAI_MODEL": "usual",
    }
    with running(data, **settings) as server:
        yield server


@pytest.fixture(scope="package")
def cookies(browser: Browser, server: Server, scene: Scene) -> StorageState:
    """The cookies of alice, who signs in once for all tests."""
    with browser.new_context() as context:
        sign_in(context.new_page(), f"{server.http}/login/{scene.links.pop()}")
        return context.storage_state()


@pytest.fixture
def alice(browser: Browser, server: Server, cookies: StorageState) -> Iterator[BrowserVisitor]:
    """Alice with a desktop browser. Fails at the end if the page logged an error or a warning."""
    with browser.new_context(storage_state=cookies, locale="en", viewport=DESKTOP) as context:
        visitor = BrowserVisitor(context.new_page(), server.http)
        yield visitor
        assert visitor.problems == []
