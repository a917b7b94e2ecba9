"""What a pipeline gets from its client when something is wrong: nobody, or what it had that still holds."""

import logging
import random
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.enforcement.pulling.site import KEY
from transparency.enforcement.client import Client, NotEntitled, OutOfDate, Unreachable, Untrusted

ROOT = Path(__file__).resolve().parents[3]
TEN = list(range(10))
REST = [0, 1, 4, 6, 8, 9]
PAST = datetime(2020, 1, 1, tzinfo=UTC)
CUTS = (0, 1, 4, 12, 0.25, 0.5, 0.75, -600, -12, -8, -4, -1)


def cut(at):
    """The first bytes of a body; a fraction counts from its whole length, a negative number from its end."""
    return lambda body: body[: int(at * len(body)) if isinstance(at, float) else at]


def flipped(at):
    """A body with one bit turned round; ``at`` is a fraction of its length."""

    def damage(body):
        place = int(at * len(body) * 8)
        turned = bytearray(body)
        turned[place // 8] ^= 1 << place % 8
        return bytes(turned)

    return damage


LIES = {
    "another feature": {"feature": "feed"},
    "another stage": {"stage": "inference"},
    "other categories": {"categories": ("profile",)},
    "another pipeline": {"audience": "hourly"},
    "expired": {"expires": PAST},
    "from the future": {"created": datetime(2100, 1, 1, tzinfo=UTC)},
    "one member more": {"count": 5},
    "other members": {"digest": "00" * 32},
}


@pytest.mark.parametrize("said", LIES.values(), ids=LIES.keys())
def test_a_list_that_is_not_ours_is_never_used(pip, site, said):
    site.said = said
    with pytest.raises(Untrusted):
        pip().filter(TEN)


@pytest.mark.parametrize("at", CUTS)
def test_a_list_cut_short_is_never_used(pip, site, at):
    site.damage = cut(at)
    with pytest.raises(Untrusted):
        pip().filter(TEN)


def test_a_list_with_a_bit_turned_round_is_never_used(pip, site):
    chance = random.Random(12)
    for _ in range(200):
        site.damage = flipped(chance.random())
        with pytest.raises(Untrusted):
            pip().filter(TEN)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"PAR1PAR1", b"\0" * 1000])
def test_what_is_no_list_is_never_used(pip, site, body):
    site.damage = lambda _: body
    with pytest.raises(Untrusted):
        pip().filter(TEN)


def test_a_list_that_somebody_else_sealed_is_never_used(pip, site):
    site.key = "tr_other"
    with pytest.raises(Untrusted, match="signed"):
        pip().filter(TEN)


def test_a_list_that_does_not_match_its_digest_is_never_used(pip, site):
    site.digest = "sha-256=:AAAA:"
    with pytest.raises(Untrusted, match="digest"):
        pip().filter(TEN)


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_a_server_that_fails_lets_nobody_pass(pip, site, status):
    site.status = status
    with pytest.raises(Unreachable, match="as the test has it"):
        pip().filter(TEN)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 406, 410, 422])
def test_a_server_that_refuses_lets_nobody_pass_even_while_a_list_is_kept(pip, site, status):
    client = pip()
    client.filter(TEN)
    site.status = status
    with pytest.raises(NotEntitled):
        client.filter(TEN)


@pytest.mark.parametrize("status", [204, 206, 301, 302, 304])
def test_an_answer_that_answers_nothing_lets_nobody_pass(pip, site, status):
    site.status = status
    with pytest.raises(Untrusted):
        pip().filter(TEN)


def test_a_server_that_can_not_be_reached_lets_nobody_pass(running, pip):
    client = pip()
    running.stop()
    try:
        with pytest.raises(Unreachable):
            client.filter(TEN)
    finally:
        running.start()


def test_a_server_that_is_silent_lets_nobody_pass(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unreachable):
            Client(url, KEY, "job-ranking", "training", folder=tmp_path, timeout=0.2).filter(TEN)


def test_a_list_that_is_never_built_lets_nobody_pass(pip, site):
    site.waits = 1_000_000
    with pytest.raises(Unreachable, match="patience"):
        pip(patience=0.3).filter(TEN)


def test_the_key_is_not_taken_to_another_server(pip, site):
    site.answer = lambda query: (202, {"Location": "https://evil.example/list"}, b"{}")
    with pytest.raises(Untrusted, match="another server"):
        pip().filter(TEN)


FAULTS = {
    "gone": {"status": 503},
    "cut": {"damage": cut(0.5)},
    "flipped": {"damage": flipped(0.3)},
    "another's": {"said": {"audience": "hourly"}},
    "not signed": {"key": "tr_other"},
    "older": {"sequence": 9},
}


def breaks(site, fault):
    for name, value in fault.items():
        setattr(site, name, value)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_the_list_that_was_kept_serves_until_it_expires(pip, site, fault):
    client = pip()
    client.filter(TEN)
    breaks(site, fault)
    assert client.filter(TEN) == REST


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_and_then_nobody_passes(pip, site, time_machine, fault):
    client = pip()
    client.filter(TEN)
    breaks(site, fault)
    time_machine.move_to(datetime.now(UTC) + timedelta(hours=2))
    with pytest.raises(OutOfDate):
        client.filter(TEN)
    with pytest.raises(OutOfDate):
        pip().filter(TEN)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_no_kept_list_answers_for_a_choice_that_it_does_not_know(pip, site, fault):
    client = pip()
    client.filter(TEN)
    breaks(site, fault)
    with pytest.raises(OutOfDate):
        client.filter(TEN, min_sequence=11)


def test_an_older_list_is_refused_after_a_restart_too(pip, site):
    pip().filter(TEN)
    site.sequence, site.numbers, site.base = 9, set(), "b0"
    assert pip().filter(TEN) == REST


def test_an_older_list_is_refused_even_where_the_newer_one_is_damaged(pip, site):
    client = pip()
    client.suppressions().path.write_bytes(b"PAR1")
    site.sequence, site.numbers = 9, set()
    with pytest.raises(Untrusted, match="9"):
        pip().filter(TEN)


def test_a_damaged_file_is_fetched_anew(pip, site):
    path = pip().suppressions().path
    path.write_bytes(path.read_bytes()[:-1])
    assert pip().filter(TEN) == REST


def test_changes_that_lead_elsewhere_are_not_used(pip, site):
    client = pip()
    client.filter(TEN)
    site.numbers.add(9)  # without a word among the changes
    site.sequence = 11
    assert client.filter(TEN) == [0, 1, 4, 6, 8]
    assert "since" not in site.asked[-1]


def test_a_list_kept_for_one_pipeline_does_not_serve_another(pip, site):
    pip().filter(TEN)
    site.status = 503
    with pytest.raises(Unreachable):
        pip(pipeline="hourly").filter(TEN)


def test_what_was_downloaded_and_refused_is_not_left_behind(pip, site, tmp_path):
    site.damage = cut(0.5)
    with pytest.raises(Untrusted):
        pip().filter(TEN)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["lock"]


def test_a_disk_that_is_full_lets_nobody_pass_and_keeps_what_it_has(running, site, tmp_path):
    site.numbers = set(random.Random(1).sample(range(10**9), 20_000))
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000));"
        "from transparency.enforcement.client import Client, NotKept\n"
        "try: Client(*sys.argv[1:3], 'job-ranking', 'training', folder=sys.argv[3]).filter([1])\n"
        "except NotKept as fault: print('refused:', fault)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, running.url, KEY, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout.startswith("refused: The list can't be kept on this disk")


def test_neither_keys_nor_the_pipeline_s_secret_are_logged(pip, site, caplog):
    caplog.set_level(logging.DEBUG)
    site.numbers = {987654321}
    client = pip()
    client.filter([987654321, 123456789])
    site.status = 503
    client.filter([987654321, 123456789])
    assert "503" in caplog.text
    assert not {secret for secret in ("987654321", "123456789", KEY) if secret in caplog.text}
