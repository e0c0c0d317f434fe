"""Refusals of model servers, in the bytes that their makers send, and the sentence for each."""

# ruff: noqa: E501 - the words of servers are not broken

import json
import logging
import time
from collections.abc import Mapping
from email.utils import formatdate

import pytest

from chat.engines.openai.engine import OpenAIEngine
from tests.support.completion_bytes import DONE, chunk, event
from tests.support.engine_prompts import PASSAGES, ask, collect_events, text_of
from tests.support.fakes.model_server import ModelServer

JSON = {"Content-Type": "application/json"}
NO_CREDIT = "no credit left"
TOO_LONG = "too much text for the model"
BUSY = "too busy for us"
FILTERED = "content filter"
WRONG_KEY = "did not accept our key"
UNKNOWN = "does not know the model"


def said(message: str, code: object = None, **more: object) -> dict[str, object]:
    return {"error": {"message": message, "code": code, **more}}


REFUSALS: list[tuple[int, object, str]] = [
    # No credit.
    (429, said("余额不足或无可用资源包,请充值。", "1113"), NO_CREDIT),
    (429, said("您的账户已欠费,请充值后重试", "1113"), NO_CREDIT),
    (402, said("Insufficient Balance", "invalid_request_error"), NO_CREDIT),
    (403, said("用户余额不足,需要充值", "insufficient_user_quota"), NO_CREDIT),
    (403, said("预扣费额度失败, 用户剩余额度不足"), NO_CREDIT),
    (400, said("Access denied, please make sure your account is in good standing.", "Arrearage"), NO_CREDIT),
    (429, said("You exceeded your current quota, please check your plan and billing details."), NO_CREDIT),
    (429, said("Your account org-1 is suspended, please check your plan and billing details"), NO_CREDIT),
    (400, said("Your credit balance is too low to access the Anthropic API."), NO_CREDIT),
    (200, {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, NO_CREDIT),
    # Too much text.
    (400, [{"error": {"code": 400, "message": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", "status": "INVALID_ARGUMENT"}}], TOO_LONG),
    (400, said("Invalid request: Your request exceeded model token limit: 8192", type="invalid_request_error"), TOO_LONG),
    (400, said("Prompt 超长", "1261"), TOO_LONG),
    (400, said("Prompt exceeds max length", "1261"), TOO_LONG),
    (400, said("输入内容过长，请缩短后重试"), TOO_LONG),
    (400, said("请求的 token 数超过上限"), TOO_LONG),
    (400, said("<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]", "invalid_parameter_error"), TOO_LONG),
    (400, said("the request exceeds the available context size, try increasing it", 400, type="exceed_context_size_error"), TOO_LONG),
    (400, {"error": "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens"}, TOO_LONG),
    (400, {"object": "error", "message": "The decoder prompt (length 5000) is longer than the maximum model length of 4096.", "code": 400}, TOO_LONG),
    (400, {"object": "error", "message": "The input (5000 tokens) is longer than the model's context length (4096 tokens)."}, TOO_LONG),
    (422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000", "error_type": "validation"}, TOO_LONG),
    (400, said("Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length", type="invalid_request_message_order"), TOO_LONG),
    (400, said("prompt is too long: 210000 tokens > 200000 maximum"), TOO_LONG),
    (400, said("This model's maximum prompt length is 131072 but the request contains 537812 tokens."), TOO_LONG),
    (413, said("Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 9000, please reduce your message size and try again.", "rate_limit_exceeded"), TOO_LONG),
    (400, {"error_code": 336007, "error_msg": "prompt tokens too long"}, TOO_LONG),
    # Busy.
    (429, said("您的账户已达到速率限制，请您控制请求频率", "1302"), BUSY),
    (429, said("Rate limit reached for model `x` on tokens per day (TPD): Limit 100, Used 99. Please try again in 6m1s. Need more tokens? Visit https://console.groq.com/settings/billing"), BUSY),
    (429, said("Requests to the Operation under Azure OpenAI API have exceeded token rate limit of your pricing tier. Please retry after 26 seconds.", "429"), BUSY),
    (429, [{"error": {"code": 429, "message": "You exceeded your current quota, please check your plan and billing details. Quota exceeded for requests per minute.", "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"}]}}], BUSY),
    (400, said("当前API请求过多，请稍后重试。", "1305"), BUSY),
    # Refused for what it is about.
    (400, said("The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", "content_filter"), FILTERED),
    (400, said("Output data may contain inappropriate content.", "data_inspection_failed"), FILTERED),
    (400, said("系统检测到输入或生成内容可能包含不安全或敏感内容", "1301"), FILTERED),
    (400, said("The request was rejected because it was considered high risk", type="content_filter"), FILTERED),
    # Our mistakes.
    (400, [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT"}}], WRONG_KEY),
    (401, said("令牌已过期或验证不正确", "1000"), WRONG_KEY),
    (400, said("模型不存在，请检查模型代码。", "1211"), UNKNOWN),
    (404, {"error": {"message": "model 'x' not found, try pulling it first", "type": "api_error"}}, UNKNOWN),
    (404, {"detail": "Not Found"}, UNKNOWN),
    (503, said("No available channel: model x not found", "model_not_found"), UNKNOWN),
    (301, {}, "not followed"),
    (307, {}, "not followed"),
    # Theirs.
    (500, {"message": "boom"}, "failed (HTTP 500)"),
    (502, {}, "failed (HTTP 502)"),
    (524, {}, "took too long"),
    (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "overloaded"),
    (418, {}, "refused the request (HTTP 418)"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "sentence"), REFUSALS)
async def test_a_refusal_becomes_a_sentence(
    engine: OpenAIEngine, server: ModelServer, status: int, body: object, sentence: str
) -> None:
    server.will_send(json.dumps(body, ensure_ascii=False).encode(), status=status, headers=JSON)

    events, failure = await collect_events(engine, ask())

    assert events == []
    assert sentence in str(failure)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (said("Overloaded", 529), "overloaded"),
        (said("余额不足", "1113"), NO_CREDIT),
        ({"error": "boom"}, "broke off with an error"),
        ({"choices": [{"error": {"code": 502, "message": "bad gateway"}}]}, "failed (HTTP 502)"),
        ({"type": "error", "error": {"type": "overloaded_error"}}, "too busy"),
        ({"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}, "too busy"),
        ({"code": "InternalError", "message": "boom"}, "broke off with an error"),
        ([{"error": {"code": 503, "message": "The model is overloaded."}}], "overloaded"),
    ],
)
async def test_an_error_in_a_stream_comes_after_the_text(
    engine: OpenAIEngine, server: ModelServer, error: object, sentence: str
) -> None:
    server.will_send(chunk("Half an "), b"event: error\n" + event(error), DONE)

    events, failure = await collect_events(engine, ask())

    assert text_of(events) == "Half an "
    assert sentence in str(failure)


async def test_an_answer_that_went_well_may_say_so(
    engine: OpenAIEngine, server: ModelServer
) -> None:
    well: dict[str, object] = {"base_resp": {"status_code": 0, "status_msg": ""}}
    good = {"error": {"code": 0, "message": ""}, "choices": [{"delta": {"content": "Yes."}}]}
    server.will_send(event({"code": 200, "msg": "ok"}), event({**well, **good}), event(well), DONE)

    events, failure = await collect_events(engine, ask())

    assert (text_of(events), failure) == ("Yes.", None)


@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig", "utf-16"])
async def test_an_error_may_be_in_another_encoding(
    engine: OpenAIEngine, server: ModelServer, encoding: str
) -> None:
    body = json.dumps(said("余额不足，请充值"), ensure_ascii=False).encode(encoding)
    server.will_send(body, status=429, headers=JSON)

    _, failure = await collect_events(engine, ask())

    assert (BUSY if encoding == "utf-16" else NO_CREDIT) in str(failure)


# Stands for a date an hour from now.
IN_AN_HOUR = "in an hour"


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"Retry-After": "6.5"}, {}, 7),
        ({"Retry-After": " 20 "}, {}, 20),
        ({"Retry-After": IN_AN_HOUR}, {}, 3600),
        ({"retry-after-ms": "1500"}, {}, 2),
        ({"Retry-After": "0"}, {}, None),
        ({"Retry-After": "-5"}, {}, None),
        ({"Retry-After": "soon"}, {}, None),
        ({"Retry-After": "9" * 400}, {}, None),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, {}, None),
        ({}, {"error": {"message": "Try again in 6m1.5s."}}, 362),
        ({}, {"error": {"message": "Please retry after 26 seconds."}}, 26),
        ({}, {"error": {"message": "请在 30 秒后重试"}}, 30),
        ({}, [{"error": {"details": [{"retryDelay": "34.2s"}]}}], 35),
        ({}, {"error": {"message": "Too many requests"}}, None),
    ],
)
async def test_the_error_says_when_to_ask_again(
    engine: OpenAIEngine,
    server: ModelServer,
    headers: Mapping[str, str],
    body: object,
    seconds: int | None,
) -> None:
    # Tests are collected long before they run.
    in_an_hour = formatdate(time.time() + 3600, usegmt=True)
    sent = {name: value.replace(IN_AN_HOUR, in_an_hour) for name, value in headers.items()}
    server.will_send(json.dumps(body).encode(), status=429, headers={**JSON, **sent})

    _, failure = await collect_events(engine, ask())

    assert failure is not None
    told = failure.details.get("retry_after")
    # The test itself takes some of the time until a date.
    assert told == seconds or (seconds == 3600 and isinstance(told, int) and 3500 < told <= 3600)
    assert ("Try again in a moment." in str(failure)) == (seconds is None)


@pytest.mark.parametrize(
    ("message", "gone"),
    [
        ("Unsupported value: 'temperature' does not support 0.5 with this model.", "temperature"),
        ("`top_p` is not supported", "top_p"),
        ("参数temperature不合法", "temperature"),
        ("Extra inputs are not permitted: presence_penalty", "presence_penalty"),
        ("Unrecognized request argument supplied: stream_options", "stream_options"),
    ],
)
async def test_a_refused_parameter_is_left_out(
    engine: OpenAIEngine, server: ModelServer, message: str, gone: str
) -> None:
    server.will_send(json.dumps(said(message)).encode(), status=400, headers=JSON)
    server.then_say("Yes.")

    events, failure = await collect_events(
        engine, ask(temperature=0.5, top_p=0.5, presence_penalty=1)
    )

    assert (text_of(events), failure) == ("Yes.", None)
    first, second = (request.body for request in server.requests)
    assert first.keys() - second.keys() == {gone}


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "System role not supported"),
        (400, "'messages[0].role' does not support 'system' with this model."),
        (500, "jinja2: Conversation roles must alternate; system role is not supported"),
        (400, "不支持 system 类型的 messages"),
        (400, "该模型不支持system角色"),
    ],
)
async def test_a_model_without_system_messages_gets_one_message(
    engine: OpenAIEngine, server: ModelServer, status: int, message: str
) -> None:
    body = json.dumps(said(message), ensure_ascii=False).encode()
    server.will_send(body, status=status, headers=JSON)
    server.then_say("Yes.")

    _, failure = await collect_events(engine, ask())

    assert failure is None
    assert [message["role"] for message in server.requests[1].body["messages"]] == ["user"]
    content = server.requests[1].question
    assert content.startswith("You are a helpful assistant")
    assert content.endswith("What is RAGFlow?")


async def test_a_parameter_that_is_kept_is_named(engine: OpenAIEngine, server: ModelServer) -> None:
    body = json.dumps(said("max_tokens is too large: 99999. At most 8192 are supported.")).encode()
    server.will_send(body, status=400, headers=JSON)

    _, failure = await collect_events(engine, ask(max_tokens=99_999))

    assert "because of `max_tokens`" in str(failure)


HTML = b"<!DOCTYPE html>\n<html><title>Welcome to nginx!</title>\n<p>sk-abcdef0123456789</p></html>"


async def test_a_page_is_an_error_and_one_line_in_the_log(
    engine: OpenAIEngine, server: ModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.will_send(HTML, headers={"Content-Type": "text/html"})

    _, failure = await collect_events(engine, ask())

    assert str(failure) == "The model's server sent something that is no answer."
    [line] = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert "HTTP 200 text/html" in line
    assert "Welcome to nginx!" in line
    assert "sk-abcdef" not in line
    assert "\n" not in line
    assert len(line) < 400


async def test_no_key_is_logged_after_a_chinese_character(
    engine: OpenAIEngine, server: ModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps(said("密钥sk-abcdef0123456789无效, see http://10.0.0.7:80/x or 10.0.0.8:99"))
    server.will_send(body.encode(), status=401, headers=JSON)

    _, failure = await collect_events(engine, ask())

    assert WRONG_KEY in str(failure)
    for secret in ("abcdef", "10.0.0"):
        assert secret not in caplog.text


@pytest.mark.parametrize("status", [400, 422, 500])
async def test_what_a_server_repeats_of_the_request_is_not_logged(
    engine: OpenAIEngine, server: ModelServer, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    question = "Where did Ms. Quillfeather hide the 金色的钥匙和地图?"
    prompt = ask(question)
    echo = f"cannot parse: {question} {PASSAGES[1].text} {json.dumps(question)} {PASSAGES[2].text}"
    detail = [{"loc": ["body", "messages"], "msg": echo, "input": {"content": question}}]
    server.will_send(json.dumps({"detail": detail}).encode(), status=status, headers=JSON)

    _, failure = await collect_events(engine, prompt)

    assert failure is not None
    assert "cannot parse" in caplog.text
    for secret in ("Quillfeather", "hide", "金色", "地图", "9380", "Docker", "饺子"):
        assert secret not in caplog.text
