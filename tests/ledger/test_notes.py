"""Signed notes: what is signed, by whom, and what is refused."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from transparency.ledger.notes import (
    LOG,
    WITNESS,
    BadNote,
    Checkpoint,
    Signer,
    Verifier,
    opened,
    proof_text,
    read_proof,
)

ORIGIN = "transparency.example/ledger"


def key(number):
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


LOGS, OTHER, WITNESSES = (
    Signer(ORIGIN, LOG, key(1)),
    Signer(ORIGIN, LOG, key(2)),
    Signer("wit.example", WITNESS, key(3)),
)
POINT = Checkpoint(ORIGIN, 42, bytes(range(32)))
NOTE = POINT.note([LOGS])


def test_a_checkpoint_is_three_lines_and_a_signature():
    body, _, signature = NOTE.partition("\n\n")
    assert body == f"{ORIGIN}\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    assert signature.startswith(f"\u2014 {ORIGIN} ")


def test_a_note_opens_with_the_key_of_its_log():
    assert opened(NOTE, [LOGS.verifier]) == (POINT, {ORIGIN: 0})


def test_a_key_is_published_and_read_again():
    assert Verifier.read(str(LOGS.verifier)) == LOGS.verifier


def test_the_key_of_the_formats_own_example_has_its_id():
    published = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert str(Verifier.read(published)) == published


def test_a_note_that_another_implementation_signed_verifies():
    verifier = Verifier.read("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    assert verifier.check(text, base64.b64decode(line)[4:]) == 0


def test_a_witness_signs_with_the_time():
    note = NOTE + WITNESSES.line(POINT.body, 1_700_000_000)
    assert opened(note, [LOGS.verifier, WITNESSES.verifier])[1] == {ORIGIN: 0, "wit.example": 1_700_000_000}


def test_a_witness_alone_is_not_enough():
    with pytest.raises(BadNote, match="No key that we know"):
        opened(POINT.body + "\n" + WITNESSES.line(POINT.body, 1), [LOGS.verifier, WITNESSES.verifier])


def test_a_signature_by_a_stranger_is_passed_over():
    assert opened(NOTE + OTHER.line(POINT.body), [LOGS.verifier])[0] == POINT


def test_while_a_key_is_changed_both_sign():
    assert opened(POINT.note([LOGS, OTHER]), [OTHER.verifier])[0] == POINT


def test_a_note_that_only_a_stranger_signed_is_refused():
    with pytest.raises(BadNote, match="No key that we know"):
        opened(POINT.note([OTHER]), [LOGS.verifier])


@given(st.data())
def test_a_note_with_anything_changed_is_refused(data):
    at = data.draw(st.integers(0, len(NOTE) - 1))
    character = data.draw(st.sampled_from("0Az\n \u2014").filter(lambda one: one != NOTE[at]))
    with pytest.raises(BadNote):
        opened(NOTE[:at] + character + NOTE[at + 1 :], [LOGS.verifier])


@pytest.mark.parametrize(
    "note",
    ["", NOTE.replace("ledger", "led\tger"), "\n\n", NOTE[:-1], NOTE + "\n", POINT.body, NOTE + "\u2014 a b\n" * 17],
)
def test_what_is_no_note_is_refused(note):
    with pytest.raises(BadNote):
        opened(note, [LOGS.verifier])


@pytest.mark.parametrize("body", ["a\n1\n", "a\n01\nAA==\n", "\n1\nAA==\n", "a\n-1\nAA==\n", "a\n1\nAA==\n"])
def test_what_is_no_checkpoint_is_refused_even_if_signed(body):
    with pytest.raises(BadNote):
        opened(body + "\n" + LOGS.line(body), [LOGS.verifier])


@pytest.mark.parametrize("text", ["", "a+b", "a+00000000+AAAA", str(LOGS.verifier)[:-1], "a" + str(LOGS.verifier)])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(BadNote):
        Verifier.read(text)


def test_a_key_never_shows_itself():
    assert "private" not in repr(LOGS).lower()


@given(st.integers(0, 2**60), st.lists(st.binary(min_size=32, max_size=32), max_size=60), st.binary(max_size=40))
def test_a_proof_is_read_as_it_was_written(index, hashes, extra):
    assert read_proof(proof_text(index, hashes, NOTE, extra)) == (index, hashes, NOTE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        NOTE,
        "c2sp.org/tlog-proof@v1\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 01\n\n",
        *(proof_text(1, [bytes(32), bytes(length)], NOTE) for length in (31, 33, 64)),
    ],
)
def test_what_is_no_proof_is_refused(text):
    with pytest.raises(BadNote):
        read_proof(text)
