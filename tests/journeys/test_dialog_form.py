"""The form of a dialog in the admin: the settings of its engine, and the test of the connection."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.conftest import Model, Scene
from tests.support.browser_visitor import BrowserVisitor
from tests.support.fakes.model_scenarios import Refusal


@pytest.fixture
def form(alice: BrowserVisitor, scene: Scene) -> Locator:
    alice.page.goto(f"{alice.address}/admin/chat/dialog/{scene.model}/change/")
    return alice.page.locator("#dialog_form")


def test_only_the_settings_of_the_chosen_engine_are_shown(form: Locator) -> None:
    shown = {
        "openai": ("Temperature:", "Most tokens of an answer:"),
        "ragflow": ("Remote chat id:",),
    }
    for engine, others in (("openai", "ragflow"), ("ragflow", "openai"), ("extractive", "openai")):
        form.get_by_label("Engine:").select_option(engine)
        for label in shown.get(engine, ()):
            expect(form.get_by_label(label)).to_be_visible()
        for label in shown[others]:
            expect(form.get_by_label(label)).to_be_hidden()
    form.get_by_label("Engine:").select_option("openai")
    form.get_by_label("Temperature:").fill("0.3")
    form.get_by_label("Engine:").select_option("extractive")
    # What is filled in would be saved: it is not hidden.
    expect(form.get_by_label("Temperature:")).to_be_visible()


def test_what_is_wrong_is_said_at_its_field_and_what_is_right_is_saved(form: Locator) -> None:
    save = form.get_by_role("button", name="Save and continue editing")
    temperature = form.get_by_label("Temperature:")
    temperature.fill("9")
    save.click()
    expect(form.locator(".field-setting_temperature .errorlist")).to_be_visible()
    temperature.fill("0.3")
    save.click()
    expect(form.page.locator(".messagelist .success")).to_be_visible()
    expect(temperature).to_have_value("0.3")
    expect(form.get_by_label("Other model settings:")).to_have_value("{}")
    temperature.fill("")
    save.click()
    expect(temperature).to_have_value("")


def test_the_connection_is_tested(form: Locator, model: Model) -> None:
    page = form.page
    model.will_say("Ready, captain.")
    page.get_by_role("button", name="Test the connection").click()
    expect(page.locator(".messagelist .success")).to_contain_text("Ready, captain.")
    model.server.will_say(Refusal(401, {"message": "No such key."}))
    page.get_by_role("button", name="Test the connection").click()
    expect(page.locator(".messagelist .error")).to_contain_text("The connection does not work")
