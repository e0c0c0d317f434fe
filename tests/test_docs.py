"""Checks the documents against the code: settings, commands, frames, errors, links, examples."""

from __future__ import annotations

import ast
import json
import os
import re
import runpy
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from chat.answers import requests
from chat.engines.base import Delta, Engine, Prompt
from chat.engines.openai.model_settings import RULES, check_options
from chat.websocket import frame_parser
from core.commands import ExampleCommand
from core.errors import AppError

ROOT = Path(settings.BASE_DIR)
DOCS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
CHINESE_HANDBOOK = sorted(ROOT.glob("demo/handbook/*.md"))
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
OUR_APPS = ("accounts", "knowledge", "chat", "console", "ragws")
OUR_COMMANDS = sorted(name for name, app in get_commands().items() if app in OUR_APPS)


def text(path: str) -> str:
    return (ROOT / path).read_text()


# Settings


def variables() -> set[str]:
    """The environment variables that settings.py reads."""
    return {
        call.args[0].value
        for call in ast.walk(ast.parse(text("ragws/settings.py")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id.startswith("env")
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def example() -> dict[str, str]:
    """`.env.example` with every line uncommented."""
    return dict(re.findall(r"^#([A-Z_0-9]+)=(.*)$", text(".env.example"), re.MULTILINE))


def documented_settings() -> dict[str, str]:
    """Each setting with the default in the table; empty if it shows none."""
    rows = re.findall(
        r"^\| `([A-Z_0-9]+)` \| (.*?) \|", text("docs/configuration.md"), re.MULTILINE
    )
    return {name: shown[1] if (shown := re.match(r"`(.*?)`", d)) else "" for name, d in rows}


def test_every_setting_is_in_the_example_and_no_other() -> None:
    assert set(example()) == variables()


def test_every_setting_is_documented_and_no_other() -> None:
    assert set(documented_settings()) == variables()


def test_the_documented_defaults_are_those_of_the_example() -> None:
    assert documented_settings() == example()


def test_the_example_switched_on_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RAGWS_DATA_DIR", str(tmp_path))
    default = read_settings()
    for name, value in example().items():
        if name != "RAGWS_DATA_DIR":
            monkeypatch.setenv(name, value)
    assert read_settings() == default


def read_settings() -> dict[str, Any]:
    found = runpy.run_path(os.fspath(ROOT / "ragws/settings.py"))
    return {name: value for name, value in found.items() if name.isupper()}


def test_the_chinese_handbook_knows_the_settings_and_their_defaults() -> None:
    handbook = "\n".join(path.read_text() for path in CHINESE_HANDBOOK)
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*?)`|空.*?) \|", handbook, re.MULTILINE)
    assert dict(rows).items() <= example().items()
    assert {*re.findall(r"[A-Z]+(?:_[A-Z]+)+", handbook)} <= variables()


# Commands


def test_the_chinese_handbook_names_commands_that_exist() -> None:
    handbook = "\n".join(path.read_text() for path in CHINESE_HANDBOOK)
    listed = re.findall(r"^\| `([a-z_]+)` \|", handbook, re.MULTILINE)
    assert {*listed, *re.findall(r"manage\.py ([a-z_]+)", handbook)} <= {*get_commands()}
    assert len(listed) >= len(OUR_COMMANDS) - 5


def test_every_command_is_documented_and_no_other() -> None:
    assert sorted(re.findall(r"^## `(\w+)`$", text("docs/commands.md"), re.MULTILINE)) == (
        OUR_COMMANDS
    )


@pytest.mark.parametrize("name", OUR_COMMANDS)
def test_a_command_s_section_has_an_example_and_every_option(name: str) -> None:
    section = text("docs/commands.md").split(f"\n## `{name}`\n")[1].split("\n## ")[0]
    assert f"manage.py {name}" in section
    for option in own_options(name):
        assert f"`{option}" in section


def own_options(name: str) -> list[str]:
    """The options that the command adds to Django's; `runserver` adds none, and inherits many."""
    command = load_command_class(get_commands()[name], name)
    if "add_arguments" not in vars(type(command)):
        return []
    return sorted(options(command) - options(BaseCommand()))


def options(command: BaseCommand) -> set[str]:
    parser = command.create_parser("manage.py", "command")
    return {option for action in parser._actions for option in action.option_strings}


@pytest.mark.parametrize("name", OUR_COMMANDS)
def test_a_command_s_help_ends_with_examples_that_are_understood(name: str) -> None:
    command = load_command_class(get_commands()[name], name)
    assert isinstance(command, ExampleCommand)
    parser = command.create_parser("manage.py", name)
    lines = parser.format_help().split("\nexamples:\n")[1].splitlines()
    assert lines == [f"  manage.py {example}" for example in command.examples]
    for example in command.examples:
        called, *arguments = shlex.split(example.partition(" <")[0])
        assert called == name
        parser.parse_args(arguments)


@pytest.mark.parametrize("name", OUR_COMMANDS)
def test_a_user_is_named_with_the_same_option_by_every_command(name: str) -> None:
    """The positional form of two commands is as old as they are, and goes on working."""
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    named = [action for action in parser._actions if "user" in (action.dest, action.metavar)]
    assert not named or "--user" in named[0].option_strings


# The protocol


@pytest.mark.parametrize("kind", frame_parser.PARSERS)
def test_every_frame_type_is_documented(kind: str) -> None:
    assert re.search(rf'"type": "{kind}"|`"{kind}"`', text("docs/protocol.md"))


@pytest.mark.parametrize("request_type", get_args(requests.Request))
def test_every_field_a_client_may_send_is_documented(request_type: type[requests.Request]) -> None:
    for field in fields(request_type):
        assert f"`{field.name}`" in text("docs/protocol.md")


def every_subclass(error: type[AppError]) -> Iterator[type[AppError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from every_subclass(kind)


def test_every_error_code_is_documented() -> None:
    table = text("docs/protocol.md").split("\n## Errors\n")[1].split("\n## ")[0]
    codes = {int(error.code) for error in every_subclass(AppError)}
    assert {401, 404, 409, 422, 502, 503, 504} <= codes
    assert codes <= {int(code) for code in re.findall(r"^\| (\d{3}) \|", table, re.MULTILINE)}


def test_every_frame_shown_is_valid() -> None:
    """Client frames can be parsed; server frames have the keys of part A."""
    for block in blocks(ROOT / "docs/protocol.md", "json"):
        frame = json.loads(block)
        if "type" in frame:
            frame_parser.parse(block)
        elif "code" in frame:
            assert list(frame)[:3] == ["code", "message", "data"]


# Engines


async def test_the_engine_shown_answers() -> None:
    found: dict[str, Any] = {}
    exec(next(blocks(ROOT / "docs/engines.md", "python")), found)
    engine: Engine = found["EchoEngine"](pause_s=0)
    said = [event async for event in engine.answer(Prompt("Who is there?"))]
    assert said == [Delta("Who "), Delta("is "), Delta("there? ")]


def test_the_model_settings_shown_are_valid() -> None:
    for block in blocks(ROOT / "docs/engines.md", "json"):
        assert check_options(json.loads(block)) == []
    for name in RULES:
        assert f"`{name}`" in text("docs/engines.md")


# Pages


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_have_a_target(path: Path) -> None:
    for target, _, anchor in (link.partition("#") for link in local_links(path)):
        page = (path.parent / target).resolve() if target else path
        assert page.exists(), f"{path.name} → {target}"
        assert not anchor or anchor in anchors(page), f"{path.name} → {target}#{anchor}"


def local_links(path: Path) -> Iterator[str]:
    prose = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"", prose):
        target = "".join(link)
        if "://" not in target and not target.startswith("mailto:"):
            yield target


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes from headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


def test_both_readmes_have_the_same_commands() -> None:
    english, chinese = (list(blocks(path, "sh")) for path in READMES)
    assert without_comments(english) == without_comments(chinese)


def without_comments(scripts: list[str]) -> list[str]:
    return [re.sub(r" *#.*", "", script) for script in scripts]


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_the_commands_shown_can_be_parsed(path: Path) -> None:
    targets = set(re.findall(r"^(\w+):", text("Makefile"), re.MULTILINE))
    for script in blocks(path, "sh"):
        assert set(re.findall(r"^make (\w+)", script, re.MULTILINE)) <= targets
        for line in re.findall(r"manage\.py ([^\n)|]+)", script):
            name, *arguments = shlex.split(line, comments=True)
            command = load_command_class(get_commands()[name], name)
            command.create_parser("manage.py", name).parse_args(arguments)


def blocks(path: Path, language: str) -> Iterator[str]:
    yield from re.findall(rf"^```{language}\n(.*?)^```", path.read_text(), re.DOTALL | re.MULTILINE)


def test_the_index_lists_every_document() -> None:
    linked = {link.partition("#")[0] for link in local_links(ROOT / "docs/README.md")}
    assert {path.name for path in ROOT.glob("docs/*.md")} - {"README.md"} <= linked


def test_a_commit_is_checked_by_the_ruff_of_make_check() -> None:
    hooks = re.findall(r"entry: (\.venv/bin/ruff \w+)", text(".pre-commit-config.yaml"))
    makefile = text("Makefile")
    checks = re.findall(r"^\t(\$\(BIN\)/ruff \w+)", makefile, re.MULTILINE)
    [folder] = re.findall(r"^BIN = (.+)$", makefile, re.MULTILINE)
    assert hooks == [check.replace("$(BIN)", folder) for check in checks] != []
    assert text(".pre-commit-config.yaml").count("- id:") == len(hooks)


# Demo documents


@pytest.mark.parametrize("language", ["en", "zh"])
def test_there_are_documents_in_both_languages(language: str) -> None:
    assert len(list(ROOT.glob(f"demo/{language}/*.md"))) >= 3
