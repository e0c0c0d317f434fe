"""Reading credentials from headers, sub-protocols and URLs."""

from base64 import urlsafe_b64encode

import pytest

from accounts.credentials import BEARER, MAX_CREDENTIAL_CHARS, read_credentials
from accounts.errors import NotAuthenticated

JWT = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"


@pytest.mark.parametrize(
    ("authorization", "query", "found"),
    [
        ([], "", ()),
        (["Bearer abc"], "", ("abc",)),
        (["bearer   abc"], "", ("abc",)),
        ([JWT], "", (JWT,)),
        (["ragflow-abc"], "", ("ragflow-abc",)),
        ([], "token=abc&x=1", ("abc",)),
        ([], "token=a%2Db", ("a-b",)),
        (["Bearer abc"], "token=def", ("abc", "def")),
        ([], "tokens=abc&Token=abc", ()),
    ],
)
def test_credentials_are_found_in_headers_and_urls(
    authorization: list[str], query: str, found: tuple[str, ...]
) -> None:
    assert read_credentials(authorization, query).explicit == found


@pytest.mark.parametrize(
    ("authorization", "query", "sentence"),
    [
        ([""], "", "`Authorization` is empty"),
        (["   "], "", "`Authorization` is empty"),
        (["Bearer"], "", "no token after `Bearer`"),
        (["Bearer "], "", "no token after `Bearer`"),
        (["Basic YWxpY2U6eA=="], "", "must be `Bearer <token>`"),
        (["Bearer a b"], "", "must be `Bearer <token>`"),
        (["Bearer a", "Bearer a"], "", "more than once"),
        (["Bearer a,Bearer b"], "", "must be `Bearer <token>`"),
        (["Bearer caf\xe9"], "", "no credential has"),
        (["Bearer a\x00b"], "", "no credential has"),
        (["Bearer " + "x" * MAX_CREDENTIAL_CHARS], "", "longer than any credential"),
        ([], "token=", "`token` is empty"),
        ([], "token", "`token` is empty"),
        ([], "token=a&token=a", "more than once"),
        ([], "token=%20a", "no credential has"),
        ([], "token=a%0A", "no credential has"),
        ([], "token=%E4%BD%A0", "no credential has"),
        ([], "token=%FF%00", "no credential has"),
        ([], "token=" + "x" * (MAX_CREDENTIAL_CHARS + 1), "longer than any credential"),
        ([], "&".join(["a=b"] * 101), "too many parameters"),
    ],
)
def test_an_invalid_credential_is_refused_with_a_reason(
    authorization: list[str], query: str, sentence: str
) -> None:
    with pytest.raises(NotAuthenticated, match=sentence) as refusal:
        read_credentials(authorization, query)
    # It has to fit into a close frame.
    assert len(str(refusal.value).encode()) <= 123


def protocol(credential: str) -> str:
    return BEARER + urlsafe_b64encode(credential.encode()).decode().rstrip("=")


@pytest.mark.parametrize("credential", ["ragflow-abc", JWT, "a", "ab", "abc", "~?>"])
def test_a_sub_protocol_may_carry_a_credential(credential: str) -> None:
    offered = ["ragws.v1", protocol(credential), "other"]
    assert read_credentials([], "", offered).explicit == (credential,)
    both = read_credentials(["Bearer abcd"], "token=efg", offered)
    assert both.explicit == ("abcd", credential, "efg")
    assert both.in_url == "efg"
    assert read_credentials([], "", ["ragws.v1"]).explicit == ()


@pytest.mark.parametrize(
    ("offered", "sentence"),
    [
        ([BEARER], "is empty"),
        ([BEARER + "!!!"], "not base64url|is empty"),
        ([BEARER + "a"], "not base64url"),
        ([BEARER + "_w"], "not base64url"),
        ([protocol("a b")], "no credential has"),
        ([protocol("x" * 5000)], "longer than any"),
        ([protocol("a"), protocol("a")], "more than one"),
    ],
)
def test_an_invalid_credential_in_a_sub_protocol_is_refused(
    offered: list[str], sentence: str
) -> None:
    with pytest.raises(NotAuthenticated, match=sentence):
        read_credentials([], "", offered)


def test_a_ticket_is_not_a_token() -> None:
    found = read_credentials([], "ticket=abc")
    assert (found.ticket, found.explicit, found.only) == ("abc", (), None)
    for query in ("ticket=", "ticket=a&ticket=b", "ticket=%20"):
        with pytest.raises(NotAuthenticated):
            read_credentials([], query)
