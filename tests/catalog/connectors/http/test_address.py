"""Which catalogs may be asked, and the token that is shown to them."""

import pytest

from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.connectors.http import Address, root_of, token_called
from transparency.outward.destinations import Forbidden

LISTED = {"hosts": ["catalog.example", "lineage.example:8443"], "private": ["marquez.internal:5000"]}


@pytest.mark.parametrize(
    "url",
    [
        "https://catalog.example",
        "https://catalog.example/api/",
        "https://lineage.example:8443",
        "http://marquez.internal:5000",
    ],
)
def test_what_an_operator_lists_may_be_asked(url):
    assert root_of(url, **LISTED).host


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example", "https://lineage.example", "http://catalog.example", "http://marquez.internal",
        "https://catalog.example.evil.example", "https://catalog.example@evil.example", "https://a:b@catalog.example",
        "https://catalog.example#@evil.example", "https://catalog.example?x=1", "https://catalog.example:22",
        "//catalog.example", "file:///etc/passwd", "ftp://catalog.example", "catalog.example", "", "https://127.0.0.1",
        "http://169.254.169.254", "https://[::1]", "https://catalog.example\r\nHost: x", "https://CATALOG.example.",
    ],
)  # fmt: skip
def test_nobody_else_may(url):
    with pytest.raises(Forbidden):
        root_of(url, **LISTED)


def test_a_token_stands_in_a_variable_or_a_file(tmp_path):
    (tmp_path / "token").write_text("from-a-file\n")
    assert token_called("", {}) == ""
    assert token_called("HUB", {"CATALOG_TOKEN_HUB": " from-a-variable "}) == "from-a-variable"
    assert token_called("HUB", {"CATALOG_TOKEN_HUB_FILE": str(tmp_path / "token")}) == "from-a-file"


@pytest.mark.parametrize("name", ["HUB", "SECRET_KEY", "../HUB", "HUB_FILE\n", "hub"])
def test_only_variables_made_for_tokens_are_read(name):
    with pytest.raises(SourceUnreadable) as caught:
        token_called(name, {"SECRET_KEY": "x" * 50, "HUB": "y", "hub": "z"})
    assert not caught.value.retryable


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "é", "x" * 20_000])
def test_what_is_no_token_is_not_sent(token):
    with pytest.raises(SourceUnreadable, match="no token") as caught:
        token_called("HUB", {"CATALOG_TOKEN_HUB": token})
    assert token[:9] not in caught.value.message


def test_a_token_is_never_shown():
    assert "s3cret" not in repr(Address(root_of("https://catalog.example", **LISTED), "s3cret", "HUB"))
