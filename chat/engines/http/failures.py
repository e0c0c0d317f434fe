"""Errors of a model's server as `EngineFailed`, whose sentence has no key and no address."""

import math
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

from chat.engines.base import EngineFailed, EngineTimedOut

# In the words of OpenAI, Azure, Anthropic, Gemini, Mistral, Moonshot, Zhipu, Qwen, Doubao, Baidu,
# MiniMax, xAI, Groq, vLLM, SGLang, TGI, llama.cpp, LM Studio and Ollama.
TOO_LONG = re.compile(
    r"context[ _.-]?(?:length|window|size|limit)|maximum (?:context|model length|prompt length)"
    r"|model'?s context|longer than the (?:maximum )?model|too many (?:input )?tokens"
    r"|(?:prompt|input|messages?|question|text|request)(?: is| are| tokens?)? too long"
    r"|too large for m"
    r"|range of input length|input[ _]length|prompt exceeds|max(?:imum)? (?:message|input) tokens"
    r"|token (?:count|limit|number)[^.]{0,40}exceed|exceed[^.]{0,40}(?:token|max_token)"
    r"|exceeds? the (?:maximum|limit)[^.]{0,30}(?:tokens|length)|model token limit"
    r"|max_new_tokens`? must be|reduce (?:the length of )?(?:the|your) (?:messages?|prompt)"
    r"|超长|过长|太长|(?:长度|token|字数|上下文)[^。]{0,20}(?:超出|超过|超限|上限|限制)"
    r"|(?:超出|超过)[^。]{0,20}(?:长度|token|字数|上下文|窗口)",
    re.IGNORECASE,
)
NO_CREDIT = re.compile(
    r"insufficient.{0,20}(?:quota|balance|credit|fund)"
    r"|balance.{0,20}(?:insufficient|too low|not enough)"
    r"|billing|current[ _]quota|out of credits?|credit balance|no credits?|arrear|payment required"
    r"|spending limit|good standing|account.{0,40}(?:suspended|overdue|recharge)"
    r"|余额|欠费|充值|资源包|停机|(?:额度|配额|免费额度)[^。]{0,10}(?:不足|用完|用尽|耗尽|已用)",
    re.IGNORECASE,
)
# With these, a quota is one of a minute or a day, and comes back by itself.
BUSY = re.compile(
    r"rate.?limit|too many requests|per (?:minute|day|second)|\b[RT]P[MD]\b|overloaded|throttl"
    r"|concurren|try again (?:later|in)|频率|并发|限流|限速|请求过多|过于频繁|过载|繁忙|稍后",
    re.IGNORECASE,
)
FILTERED = re.compile(
    r"content.?(?:filter|management|policy|moderation)|data.?inspection|high risk|sensitive"
    r"|safety|prohibited|prompt.?blocked|ResponsibleAI|敏感|不安全|违规|风控|安全策略",
    re.IGNORECASE,
)
WRONG_KEY = re.compile(
    r"(?:invalid|incorrect|wrong|missing|no)[ _]api.?key"
    r"|api.?key.{0,30}(?:not valid|invalid|无效|错误|不存在)"
    r"|authentication.{0,20}(?:fail|error)|unauthori[sz]ed|invalid.{0,20}token"
    r"|密钥|鉴权|身份验证|认证失败|令牌",
    re.IGNORECASE,
)
UNKNOWN_MODEL = re.compile(
    r"model.{0,80}(?:not (?:found|exist|supported|available)|does ?n[o']t exist|no such)"
    r"|(?:unknown|invalid|no such) model|model_not_found|model.?not.?exist"
    r"|模型.{0,40}(?:不存在|未找到)",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
SECRET = re.compile(
    r"https?://\S+|\b(?:sk|key|ragflow|gsk|xai|AIza|pk|tp)[-_]?[\w*.-]{8,}|Bearer\s+\S+"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\bzx[0-9a-f]{8,}",
    # With `ASCII`, a secret may follow a Chinese character, which is no letter then.
    re.IGNORECASE | re.ASCII,
)
# As their servers name them.
PARAMETER = (
    *("temperature", "top_p", "max_tokens", "max_completion_tokens", "presence_penalty"),
    *("frequency_penalty", "stream_options", "stream"),
)
LOGGED_CHARS = 300
# How much of the request may be in a log line by chance. A Chinese character says more.
NOT_LETTERS = re.compile(r"[^a-z]+")
NULS = re.compile("\0+")
ECHO = re.compile(r"\s+")
ECHO_CHARS, ECHO_CHARS_WIDE = 12, 5
# To compare with more would take too long.
MAX_COMPARED_CHARS = 500_000
ESCAPED = re.compile(r"(?<!\\)\\++u([0-9a-fA-F]{4})")

TOO_MUCH_TEXT = (
    "This is too much text for the model. Start a new session, ask a shorter question, or send"
    " fewer files."
)
BY_STATUS = {
    0: "The model's server broke off with an error.",
    401: "The model's server did not accept our key.",
    402: "The account at the model's server has no credit left.",
    403: "The model's server does not let us use the model {model!r}.",
    404: "The model's server does not know the model {model!r}, or its address is wrong.",
    413: TOO_MUCH_TEXT,
    429: "The model's server is too busy for us. {when}",
    451: "The content filter of the model's server refused this question.",
    503: "The model's server is overloaded. {when}",
    529: "The model's server is overloaded. {when}",
}
FAILED = "The model's server failed (HTTP {status}). {when}"
REFUSED = "The model's server refused the request (HTTP {status})."
NAMED = "The model's server refused the request (HTTP {status}) because of `{name}`."
REDIRECTED = (
    "The model's server sends us to another address (HTTP {status}), which is not followed:"
    " the address in the settings must be the right one."
)
TIMED_OUT = frozenset({408, 504, 522, 524})
MAX_RETRY_S = 24 * 3600


def failure_of_status(
    status: int,
    message: str,
    model: str,
    retry_after: int | None = None,
    parameters: Sequence[str] = (),
) -> EngineFailed:
    """For an error status, or (status 0) an error in the middle of a stream."""
    if status in TIMED_OUT:
        return EngineTimedOut("The model's server took too long.")
    said = meaning_of(status, ADDRESS.sub(" ", message), retry_after)
    sentence = BY_STATUS.get(said)
    if sentence is None and 300 <= said < 400:
        sentence = REDIRECTED
    if sentence is None:
        named = named_parameters(message, parameters)
        refused = NAMED if named else REFUSED
        sentence = FAILED if said >= 500 else refused
        return EngineFailed(
            sentence.format(status=said, name=", ".join(named), when=retry_advice(retry_after)),
            retry_after=retry_after,
        )
    return EngineFailed(
        sentence.format(status=said, model=model, when=retry_advice(retry_after)),
        retry_after=retry_after,
    )


def meaning_of(status: int, message: str, retry_after: int | None) -> int:
    """The status that fits what the server says, which is often not the one that it sends."""
    if status in (401, 404) or 300 <= status < 400:
        return 402 if NO_CREDIT.search(message) else status
    if TOO_LONG.search(message) and not (status == 429 and BUSY.search(message)):
        return 413
    if NO_CREDIT.search(message):
        is_temporary = status == 429 and retry_after is not None and BUSY.search(message)
        return 429 if is_temporary else 402
    if status in (429, 503, 529):
        return 404 if UNKNOWN_MODEL.search(message) and status == 503 else status
    if FILTERED.search(message):
        return 451
    if WRONG_KEY.search(message):
        return 401
    if UNKNOWN_MODEL.search(message):
        return 404
    return 429 if status in (0, 400) and BUSY.search(message) else status


def named_parameters(message: str, parameters: Sequence[str]) -> list[str]:
    """Those that a refusal is about."""
    return [name for name in parameters if re.search(rf"(?<!\w){name}(?!\w)", message, re.ASCII)]


def retry_advice(retry_after: int | None) -> str:
    return f"Try again in {retry_after} s." if retry_after else "Try again in a moment."


UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "秒": 1, "分": 60}
DURATION = re.compile(
    r"(\d{1,9}(?:\.\d{1,9})?)\s?(ms|s|m|h)(?:ec(?:ond)?s?|in(?:ute)?s?|our?s?)?(?![a-z])"
    r"|(\d{1,9})\s?(秒|分)",
    re.IGNORECASE,
)
TRY_AGAIN = re.compile(
    r"(?:try|retry)(?: again)? (?:in|after) (\d[\w. ]{0,30})|(\d{1,9}\s?[秒分]钟?)[之以]?后",
    re.IGNORECASE,
)


def retry_seconds(headers: Mapping[str, str], body_delay: str, message: str) -> int | None:
    """After how many whole seconds to ask again, if the server says it."""
    after = headers.get("retry-after", "").strip()
    milliseconds = _number(headers.get("retry-after-ms", ""))
    seconds = milliseconds / 1000 if milliseconds is not None else _number(after)
    if seconds is None and after:
        seconds = _until(after)
    if seconds is None:
        seconds = _duration(body_delay)
    if seconds is None and (found := TRY_AGAIN.search(message[: LOGGED_CHARS * 3])):
        seconds = _duration(found[1] or found[2])
    if seconds is None or not 0 < seconds <= MAX_RETRY_S:
        return None
    return math.ceil(seconds)


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", text.strip(), re.ASCII) else None


def _until(date: str) -> float | None:
    try:
        parsed = parsedate_to_datetime(date)
        # A date without a zone is meant in GMT.
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return _duration(date)


def _duration(text: str) -> float | None:
    """As Go, Google and people write it: "34s", "1m30.5s", "6 ms", "26 seconds", "30 秒"."""
    found = DURATION.findall(text)
    return sum(float(n or m) * UNITS[(unit or word).lower()] for n, unit, m, word in found) or None


COMPLETE = frozenset(
    {
        *("stop", "stop_sequence", "stop_word", "eos", "eos_token", "end_turn", "end_of_turn"),
        *("end", "ended", "done", "complete", "completed", "finished", "finish", "normal", "null"),
        *("none", "", "end_of_text", "eot", "success"),
    }
)
TOO_LONG_ANSWER = frozenset(
    {
        *("length", "max_tokens", "max_length", "max_output", "max_output_tokens", "token_limit"),
        *("model_length", "max_completion_tokens", "max_new_tokens", "length_limit", "incomplete"),
        *("model_context_window_exceeded", "context_length", "context_length_exceeded"),
    }
)
HELD_BACK = frozenset(
    {
        *("content_filter", "content_filtered", "safety", "sensitive", "recitation", "blocklist"),
        *("prohibited_content", "spii", "refusal", "image_safety", "language", "error_toxic"),
        *("guardrail", "guardrail_intervened", "guardrails", "moderation", "content_policy"),
        *("content_moderation", "blocked", "risk", "security"),
    }
)
OUT_OF_RESOURCES = frozenset({"insufficient_system_resource", "engine_overloaded"})
BROKEN = frozenset(
    {
        *("error", "abort", "aborted", "cancel", "cancelled", "canceled", "network_error"),
        *("timeout", "time_limit", "failed", "interrupted", "disconnect", "other"),
    }
)
TOOLS = frozenset(
    {"tool_calls", "tool_call", "tool_use", "function_call", "malformed_function_call"}
)


def failure_of_finish_reason(finish_reason: str) -> EngineFailed | None:
    """Why the answer is incomplete, if the finish reason says that it is."""
    reason = NOT_LETTERS.sub("_", finish_reason.strip().lower()).strip("_")
    reason = reason.removeprefix("finish_reason_").removeprefix("finishreason_")
    if reason in COMPLETE:
        return None
    if reason in TOO_LONG_ANSWER:
        return EngineFailed(
            "The answer stops here because it reached the longest the model may write."
        )
    if reason in HELD_BACK:
        return EngineFailed("The model's server held back the rest of the answer.")
    if reason in OUT_OF_RESOURCES:
        return EngineFailed("The model's server ran out of resources in mid-answer.")
    if reason in BROKEN:
        return EngineFailed("The model's server ended in mid-answer.")
    if reason in TOOLS:
        return EngineFailed(
            "The model wanted to call a tool, which there is not: the answer is not whole."
        )
    return EngineFailed(
        "The model's server ended the answer for a reason of its own: it may not be whole."
    )


def redact(text: str, api_key: str = "") -> str:
    """Text of a server that may be logged: one short line, without secrets."""
    hidden = text.replace(api_key, "…") if api_key else text
    return " ".join(SECRET.sub("…", hidden[: 10 * LOGGED_CHARS]).split())[:LOGGED_CHARS]


def without_echo(text: str, request: Sequence[str]) -> str:
    """The text without what it repeats of the request, in which a question or a canary may be."""
    if sum(map(len, request)) > MAX_COMPARED_CHARS:
        return "…"
    text = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text[: 2 * LOGGED_CHARS])
    text = ECHO.sub(" ", text.replace("\\n", " "))
    sent = ECHO.sub(" ", "\n".join(request)).casefold()
    echoed = [False] * len(text)
    for start in range(len(text)):
        size = ECHO_CHARS if text[start].isascii() else ECHO_CHARS_WIDE
        window = text[start : start + size].casefold()
        if len(window) == size and window in sent:
            echoed[start : start + size] = [True] * size
    shown = "".join("\0" if hidden else c for c, hidden in zip(text, echoed, strict=True))
    return NULS.sub("…", shown)
