"""Where nothing may be sent: the table of addresses, as texts and as what their names lead to."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transparency.outward.destinations import Forbidden, destination, is_public, require_public, require_reachable

FORBIDDEN = [
    "http://hooks.example/", "ftp://hooks.example/", "file:///etc/passwd", "gopher://hooks.example/", "//hooks.example",
    "https://", "https:///x", "hooks.example", "", "unix:/tmp/x", "javascript:alert(1)",
    "https://127.0.0.1/", "https://127.0.0.1:443/", "https://localhost:6379/", "https://hooks.example:22/",
    "https://hooks.example:0/", "https://hooks.example:65536/", "https://hooks.example:x/",
    "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[fe80::1%25lo]/", "https://[fd00:ec2::254]/",
    "https://169.254.169.254/", "https://10.0.0.1/", "https://100.64.0.1/", "https://192.0.0.1/", "https://198.18.0.1/",
    "https://224.0.0.1/", "https://255.255.255.255/", "https://0.0.0.0/",
    "https://a@hooks.example/", "https://a:b@hooks.example/", "https://a\\@127.0.0.1/", "https://127.0.0.1#@ok.example/",
    "https://127\u30020\u30020\u30021/", "https://\u2461\u2461\u2466.0.0.1/", "https://h\u00f6\u00f6ks.example/",
    "https://hooks.example/\r\nHost: x", "https://hooks.example/a b", "https://hooks_.example/", "https://-hooks.example/",
    "https://hooks..example/", "https://hooks.example./", "https://hooks.example/#x",
    f"https://hooks.example/{'x' * 500}",
]  # fmt: skip
# What resolvers make an address of the own network of, though it does not look like one.
NOT_PUBLIC = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
    "0.0.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "192.0.0.1", "198.18.0.1", "::1", "::", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808", "2002:7f00:1::", "2001::1", "fe80::1",
    "fe80::1%lo", "fc00::1", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("url", FORBIDDEN)
def test_nothing_is_sent_to(url):
    with pytest.raises(Forbidden):
        destination(url, ())


@pytest.mark.parametrize(
    "url", ["https://hooks.example", "https://hooks.example:8443/a?b=c", "https://93.184.215.14/x"]
)
def test_something_may_be_sent_to(url):
    assert destination(url, ()).scheme == "https"


@pytest.mark.parametrize("listed", ["hooks.internal", "hooks.internal:8080"])
def test_what_an_operator_lists_is_trusted(listed):
    assert destination("http://hooks.internal:8080/x", [listed]).trusted


@pytest.mark.parametrize("listed", ["internal", "hooks.internal:80", "other.internal", ".internal"])
def test_nothing_else_is(listed):
    with pytest.raises(Forbidden):
        destination("http://hooks.internal:8080/x", [listed])


def test_a_trusted_host_takes_no_password_either():
    with pytest.raises(Forbidden):
        destination("http://a:b@hooks.internal/", ["hooks.internal"])


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_these_are_not_public(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_these_are(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("addresses", [[], ["8.8.8.8", "127.0.0.1"], ["2606:4700::1111", "::1"]])
def test_every_address_of_a_name_must_be(addresses):
    with pytest.raises(Forbidden):
        require_public(addresses)


@given(st.ip_addresses(v=4))
def test_an_address_within_another_network_is_never_more_public(address):
    mapped = ipaddress.ip_address(f"::ffff:{address}")
    assert is_public(mapped) == is_public(address)
    assert not is_public(ipaddress.ip_address(f"64:ff9b::{address}"))
    assert not is_public(ipaddress.ip_address(f"::{address}"))


@given(st.text(max_size=80))
def test_any_text_is_taken_apart_or_refused(text):
    for url in (text, f"https://{text}"):
        try:
            found = destination(url, ())
        except Forbidden:
            continue
        assert found.scheme == "https"


@pytest.mark.parametrize(
    "addresses",
    [[], ["169.254.169.254"], ["10.0.0.7", "169.254.169.254"], ["224.0.0.1"], ["fe80::1"], ["::"],
     ["::ffff:169.254.169.254"]],
)  # fmt: skip
def test_in_the_own_network_there_are_places_that_nobody_means(addresses):
    with pytest.raises(Forbidden):
        require_reachable(addresses)


@pytest.mark.parametrize("address", ["10.0.0.7", "127.0.0.1", "192.168.1.1", "fd00::7", "8.8.8.8"])
def test_all_others_are_reached_where_an_operator_lists_them(address):
    require_reachable([address])
