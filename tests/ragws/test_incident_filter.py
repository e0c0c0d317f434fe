"""The log has one report of many errors of a kind, with the id that callers are told."""

from __future__ import annotations

import errno
import io
import logging
import re
import sqlite3

import pytest
from django.core.exceptions import DisallowedHost
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from core import error_deduplication, error_reporting
from core.error_deduplication import INCIDENT_S, MAX_INCIDENTS, Incidents
from core.log_context import log_context
from ragws import incident_filter
from ragws.incident_filter import (
    MAX_CLIENT_LINES,
    PERIOD_S,
    ClientErrorFilter,
    ContextFilter,
    IncidentFilter,
)
from tests.support.clock import Clock


def fail(_request: HttpRequest) -> HttpResponse:
    raise ValueError("a bug")


urlpatterns = [path("fail", fail)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def own_incidents(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Incidents:
    own = Incidents(clock)
    # Its thread would log into the next test.
    monkeypatch.setattr(own, "_start_timer", lambda: None)
    for module in (error_reporting, incident_filter):
        monkeypatch.setattr(module, "incidents", own)
    return own


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, own_incidents: Incidents) -> io.StringIO:
    """What the console would show."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(IncidentFilter())
    handler.addFilter(ContextFilter())
    handler.setFormatter(logging.Formatter("{name}{context}: {message}", style="{"))
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    return stream


def disk_full() -> OperationalError:
    error = OperationalError("database or disk is full")
    error.__cause__ = sqlite3.OperationalError("database or disk is full")
    return error


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


def test_a_full_disk_is_one_line_and_a_count(log: io.StringIO, own_incidents: Incidents) -> None:
    told = {str(error_reporting.report(raised(disk_full()))) for _ in range(20)}
    for _ in range(20):
        logging.getLogger("chat").warning("A checkpoint could not be saved", exc_info=disk_full())
    own_incidents.close()
    first, count = log.getvalue().splitlines()
    [sentence] = told
    incident = sentence.rpartition(" ")[2]
    assert "OperationalError: database or disk is full" in first
    assert incident in first
    assert count == f"core.error_deduplication: Incident {incident} happened 39 more times"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_file_that_cannot_be_written_is_an_outage(log: io.StringIO, number: int) -> None:
    error = error_reporting.report(raised(OSError(number, "No space left on device")))
    assert error.code == 503
    assert len(log.getvalue().splitlines()) == 1


def test_a_bug_has_one_traceback(log: io.StringIO, own_incidents: Incidents) -> None:
    for number in range(3):
        error_reporting.report(raised(ValueError(f"number {number}")))
    own_incidents.close()
    assert log.getvalue().count("Traceback") == 1
    assert "ValueError: number 0" in log.getvalue()
    assert "happened 2 more times" in log.getvalue()


def test_errors_from_different_lines_are_different_incidents(log: io.StringIO) -> None:
    def elsewhere() -> Exception:
        try:
            raise ValueError("from another line")
        except ValueError as caught:
            return caught

    told = {str(error_reporting.report(error)) for error in (raised(ValueError()), elsewhere())}
    assert len(told) == 2
    assert log.getvalue().count("Traceback") == 2


def test_after_a_minute_it_is_reported_again(
    log: io.StringIO, own_incidents: Incidents, clock: Clock
) -> None:
    before = str(error_reporting.report(disk_full()))
    error_reporting.report(disk_full())
    clock.advance(INCIDENT_S)
    own_incidents.close(everything=False)
    after = str(error_reporting.report(disk_full()))
    assert before != after
    assert [line.count("more times") for line in log.getvalue().splitlines()] == [0, 1, 0]


def test_the_kinds_that_are_remembered_are_limited(own_incidents: Incidents) -> None:
    for number in range(MAX_INCIDENTS + 10):
        own_incidents.count(OperationalError(f"error {number}"))
    assert len(own_incidents._open) == MAX_INCIDENTS


def test_the_count_is_logged_without_another_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(error_deduplication, "INCIDENT_S", 0.01)
    monkeypatch.setattr(error_deduplication, "LOOK_S", 0.001)
    real, error = Incidents(lambda: 0), disk_full()
    real.count(error)
    real.count(error)
    real._clock = lambda: 1
    while (timer := real._timer) is not None:
        timer.join()
    assert "happened 1 more times" in caplog.text


@pytest.mark.django_db
def test_a_wrong_host_is_one_short_line(log: io.StringIO, own_incidents: Incidents) -> None:
    client = Client(raise_request_exception=False)
    for number in range(30):
        assert client.get("/login", headers={"host": f"evil{number}.example/"}).status_code == 400
        assert client.get("/login", headers={"host": "e" * 5000}).status_code == 400
    own_incidents.close()
    first, count = log.getvalue().splitlines()
    assert "Invalid HTTP_HOST header" in first
    assert len(first) < 400
    assert "happened 59 more times" in count


def test_a_long_sentence_of_a_client_is_cut(log: io.StringIO) -> None:
    error = raised(DisallowedHost(f"Invalid HTTP_HOST header: {'x' * 5000}\nsecond line"))
    logger = logging.getLogger("django.security.DisallowedHost")
    logger.error("%s", error, exc_info=error, extra={"status_code": 400})
    [line] = log.getvalue().splitlines()
    assert len(line) < 400


def test_refused_requests_are_few_short_lines(clock: Clock) -> None:
    limit = ClientErrorFilter(clock)

    def line(text: str) -> str | None:
        record = logging.makeLogRecord({"msg": "Not Found: %s", "args": (text,)})
        record.status_code = 404
        return record.getMessage() if limit.filter(record) else None

    told = [line("/" + "x" * 5000) for _ in range(1000)]
    assert all(text is None or len(text) < 300 for text in told)
    assert len([text for text in told if text]) == MAX_CLIENT_LINES
    clock.advance(PERIOD_S)
    left_out = 1000 - MAX_CLIENT_LINES
    assert line("/next") == f"Not Found: /next ({left_out} more before this one)"
    assert line("/last") == "Not Found: /last"
    assert limit.filter(logging.makeLogRecord({"msg": "about no request"}))


def test_lines_name_the_answer_they_are_about(log: io.StringIO) -> None:
    with log_context("answer 0198"):
        error_reporting.report(raised(ValueError("a bug")))
    logging.getLogger("chat").warning("about nothing in particular")
    lines = log.getvalue().splitlines()
    assert lines[0].startswith("core.error_reporting [answer 0198]: Incident ")
    assert lines[-1] == "chat: about nothing in particular"


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_failed_request_is_told_the_id_that_its_lines_have(log: io.StringIO) -> None:
    response = Client(raise_request_exception=False).get(
        "/fail", headers={"X-Request-Id": "chosen by a client"}
    )
    assert response.status_code == 500
    [request_id] = re.findall(r"\[request (\w+)\]", log.getvalue())
    assert response.headers["X-Request-Id"] == request_id
