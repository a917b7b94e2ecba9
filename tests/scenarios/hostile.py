"""What nobody should send, once for every address: parts of an address, values of parameters and fields, bodies."""

LONG = "x" * 10_000
# As they stand in an address.
PARTS = (
    "%00", "..", "%2e%2e%2f%2e%2e", "%ff", "%ed%a0%80", "%0a", "%F0%9F%90%89", "-1", "0", "1.5", str(2**31), str(2**63),
    str(2**64), "9" * 400, LONG, "10000-01-01", "0000-00-00", "'%22%3Cb%3E;--", "training", "%25s", "",
)  # fmt: skip
# Of a parameter or a field of a form.
VALUES = (
    "\0", "a\0b", "..", "../../etc/passwd", "", " ", "-1", "0", "1e999", "NaN", str(2**31), str(2**63), str(2**64),
    "9" * 5_000, LONG, "10000-01-01", "10000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "2026-02-30", "\u202ea<b>",
    "\U0001f409", "%s%n", "'\";--", "{}", "[1]", "\r\nSet-Cookie: a=b", "training", "use:x", "true",
)  # fmt: skip
# A query as it stands in the address, with ``{}`` for the name.
QUERIES = ("{}=%ff", "{}=%ed%a0%80", "{}=1&{}=2", "{}", "{}=%00", "{}[]=1", "&&={}", "{}=" + "9" * 5_000)
# Of a field in a body of JSON.
JSON = (
    None, True, 1, -1, 1.5, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, "", " ", "\0", "a\0b", "..", LONG, "\ud800",
    "10000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "2026-01-01T00:00:00.123456789123Z", "\u202e<b>", [], {},
    [None], [[]], {"\0": 1}, [2**64], ["\ud800"], [LONG], {"a": {"a": {}}},
)  # fmt: skip
# Whole bodies, with ``{}`` for the name of a field.
BODIES = (
    b"", b"null", b"1", b'"a"', b"[]", b"{", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf{}", b'{"{}": "\xff"}', b"\0",
    b'{"{}": 1, "{}": 2}', b'{"{}": NaN}', b'{"{}": 1e999}', b'{"{}": -Infinity}', b'{"\\ud800": 1}', b"[" * 5_000,
    b'{"{}":' * 1_000, b"{} {}", b"\x1f\x8b\x08",
)  # fmt: skip
KINDS = (
    "", "text/plain", "application/xml", "application/json; charset=utf-16", "application/json; charset=\xff",
    "multipart/form-data", "multipart/form-data; boundary=\0", "application/x-www-form-urlencoded",
    "application/vnd.apache.arrow.stream", "application/x-ndjson", "x" * 3_000,
)  # fmt: skip
