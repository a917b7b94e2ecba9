import json

import pytest

from tests.scenarios.openlineage import LIMITS, REFUSED, TAKEN, custom, run_event
from transparency.catalog import limits
from transparency.catalog.connectors.base import BadEvent
from transparency.catalog.connectors.openlineage import parse_event


def refusal(raw):
    with pytest.raises(BadEvent) as caught:
        parse_event(raw)
    return caught.value


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_event_is_refused_with_the_place_and_the_reason(case):
    event, pointer, code = REFUSED[case]
    fault = refusal(json.dumps(event))
    assert (fault.pointer, fault.code) == (pointer, code)
    assert fault.message


@pytest.mark.parametrize("case", LIMITS)
def test_an_event_at_the_limit_is_taken(case):
    at_limit, _, _, _ = LIMITS[case]
    assert parse_event(json.dumps(at_limit))


@pytest.mark.parametrize("case", LIMITS)
def test_an_event_beyond_the_limit_is_refused(case):
    _, beyond, pointer, code = LIMITS[case]
    fault = refusal(json.dumps(beyond))
    assert fault.code == code
    assert pointer in (None, fault.pointer)


@pytest.mark.parametrize("case", TAKEN)
def test_an_odd_event_is_taken(case):
    assert parse_event(json.dumps(TAKEN[case]))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "body.empty"),
        (b" \n ", "body.empty"),
        (b"{} {}", "json"),
        (b"\xef\xbb\xbf{}", "json.bom"),
        (b"\xff\xfe", "utf8"),
        (b'{"a": "\xc0\xaf"}', "utf8"),
        (b'{"a": "\xed\xa0\x80"}', "utf8"),
        (b'{"a": 1e400}', "json"),
        (b'{"a": NaN}', "json"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "json"),
        (b'{"a": 9223372036854775808}', "number.size"),
        (b'{"eventTime": "2026-', "json"),
        (b"[" * 33 + b"]" * 33, "body.type"),
        (b"[" * 100_000, "depth"),
        (b'{"a":' * 960 + b"1" + b"}" * 960, "depth"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "depth"),
    ],
)
def test_what_is_not_json_is_refused(raw, code):
    assert refusal(raw).code == code


def test_half_of_a_character_is_refused_with_its_place():
    fault = refusal(json.dumps(custom({"deep": ["fine", "\udc00\ud800"]})))
    assert (fault.pointer, fault.code) == ("/outputs/0/facets/acme/value/deep/1", "text.surrogate")


def test_a_body_beyond_four_megabytes_is_refused_before_it_is_read():
    assert refusal(b"[" * (limits.BODY_BYTES + 1)).code == "body.size"


def test_a_body_of_four_megabytes_is_read():
    raw = json.dumps(run_event()).encode()
    assert parse_event(raw + b" " * (limits.BODY_BYTES - len(raw)))


def test_the_message_shows_little_of_the_bad_value():
    fault = refusal(json.dumps(run_event(eventTime="<b>" + "x" * 4_000)))
    assert "x" * 70 not in fault.message


def test_of_a_field_that_is_there_twice_the_last_one_counts():
    once = json.dumps(run_event())
    job = '{"namespace": "airflow", "name": "first", "name": "last"}'
    told = parse_event(f'{once[:-1]}, "job": {job}}}'.encode()).body.job
    assert (told.namespace, told.name) == ("airflow", "last")


def test_nanoseconds_are_cut_to_microseconds():
    assert parse_event(json.dumps(TAKEN["nanoseconds"])).at.isoformat() == "2026-03-04T05:06:07.123456+00:00"


def test_a_time_in_another_zone_is_kept_in_utc():
    assert parse_event(json.dumps(TAKEN["another zone"])).at.isoformat() == "2026-03-03T23:36:07+00:00"


def test_the_same_bytes_have_the_same_digest():
    raw = json.dumps(run_event())
    assert parse_event(raw).digest == parse_event(raw.encode()).digest
