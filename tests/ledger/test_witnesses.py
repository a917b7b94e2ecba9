"""Somebody outside signs the log too; whoever rewrites it gets no signature. With the real witness, on its own."""

import argparse
import base64
import http.server
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.tampering import ALL_TO_SEAL_ANEW, unguarded
from tests.ledger.test_sealing import NOON, enter, seal
from tests.ledger.trees import numbered
from transparency.ledger import actions, keys, merkle, queries, verify
from transparency.ledger.models import Cosignature
from transparency.ledger.notes import WITNESS, Checkpoint, Signer, opened
from transparency.ledger.witnesses import Witness, witnesses

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WALT = Signer("walt.example", WITNESS, KEY)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def begun(url, settings, folder):
    """Walt the witness, a process of his own with a memory of his own."""
    port = free_port()
    (folder / "key").write_text(base64.b64encode(bytes(range(32))).decode())
    what = [url, "witness", str(folder / "key"), "--name", WALT.name, "--listen", str(port)]
    command = [sys.executable, "-I", verify.__file__, *what, "--memory", str(folder / "seen.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout.readline() == f"Signing by the key {WALT.verifier}\n"
        settings.LEDGER_WITNESSES = [f"{WALT.verifier} http://127.0.0.1:{port}"]
        yield process
        process.kill()


@pytest.fixture
def early(live_server, settings, tmp_path):
    """Walt, who begins before the log does."""
    with begun(live_server.url, settings, tmp_path) as process:
        yield process


@pytest.fixture
def walt(live_server, settings, tmp_path):
    """Walt, who knows the first two entries."""
    enter(1, 2)
    seal()
    with begun(live_server.url, settings, tmp_path) as process:
        assert "2 entries" in process.stdout.readline()
        yield process


def published(client):
    return client.get("/ledger/checkpoint").content.decode()


def signed_by_walt(note):
    return WALT.name in opened(note, [*keys.verifiers(), WALT.verifier])[1]


@pytest.mark.django_db(transaction=True)
class TestWalt:
    def test_waits_for_the_first_seal_and_complains_of_nothing(self, early):
        assert early.stdout.readline().startswith("Nothing is sealed yet")
        enter(1, 2)
        seal()
        then = next(line for line in early.stdout if not line.startswith("Nothing is sealed yet"))
        assert then.startswith("2 entries")

    def test_signs_what_continues_all_before(self, walt, client):
        enter(3)
        seal()
        assert not signed_by_walt(published(client))
        assert actions.cosign(at=NOON) == 1
        assert signed_by_walt(published(client))
        assert "walt.example</b> remembers every seal" in client.get("/ledger/").content.decode()

    def test_goes_on_from_what_he_signed(self, walt, client):
        actions.cosign(at=NOON)
        enter(3, 4, 5)
        seal()
        assert actions.cosign(at=NOON) == 1
        assert signed_by_walt(published(client))
        assert "signed 5 entries" in client.get("/ledger/").content.decode()

    def test_is_asked_at_once_for_what_is_newer_than_the_last_that_he_signed(self, walt, monkeypatch):
        actions.cosign(at=NOON)
        enter(3)
        seal()
        actions.cosign(at=NOON)
        enter(4)
        seal()
        asked = []
        monkeypatch.setattr(Witness, "sign", lambda self, note, old, proof: asked.append(old) or WALT.line(note, 1))
        actions.cosign(at=NOON)
        assert asked == [3]

    def test_is_asked_once_for_each_checkpoint(self, walt):
        assert actions.cosign(at=NOON) == 1
        assert actions.cosign(at=NOON) == 0

    def test_stands_in_every_proof(self, walt, client):
        actions.cosign(at=NOON)
        assert f"— {WALT.name} " in client.get("/ledger/proof/1.tlog-proof").content.decode()

    def test_signs_no_log_that_was_rewritten(self, walt, client, settings, tmp_path):
        unguarded(*ALL_TO_SEAL_ANEW, "UPDATE ledger_entry SET body = replace(body, '\"1\"', '\"7\"')")
        settings.LEDGER_DIR = tmp_path / "forged"
        enter(3)
        seal()
        assert actions.cosign(at=NOON) == 0
        assert not signed_by_walt(published(client))

    def test_may_be_away_and_the_log_goes_on(self, walt, client):
        walt.kill()
        walt.wait()
        enter(3)
        assert seal().size == 3
        assert actions.cosign(at=NOON) == 0
        assert "has signed nothing yet" in client.get("/ledger/").content.decode()


@pytest.fixture
def answering(settings):
    """Somebody who answers in Walt's place, with what a test wants."""

    def answering(status, text):
        class Door(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(text.encode())

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.LEDGER_WITNESSES = [f"{WALT.verifier} http://127.0.0.1:{server.server_port}"]
        servers.append(server)

    servers = []
    yield answering
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "text"),
    [
        (200, ""),
        (200, WALT.line("another log\n7\nabc\n", 1)),
        (200, Signer("walt.example", WITNESS, Ed25519PrivateKey.generate()).line("x", 1)),
        (200, "— walt.example !\n"),
        (200, "x" * 30_000),
        (302, ""),
        (409, "7\n"),
        (409, "no number\n"),
        (409, "99999999999999999999999\n"),
        (500, ""),
    ],
)
def test_nothing_is_published_that_walt_did_not_sign(answering, status, text):
    enter(1, 2)
    seal()
    answering(status, text)
    assert actions.cosign(at=NOON) == 0
    assert not Cosignature.objects.exists()
    assert queries.newest().cosigned == queries.newest().note


@pytest.mark.django_db
def test_a_witness_that_knows_less_than_it_signed_is_told_of_in_the_log(answering, caplog):
    enter(1, 2)
    Cosignature.objects.create(checkpoint=seal(), witness=WALT.name, line=WALT.line("x", 1), signed_at=NOON)
    enter(3)
    seal()
    answering(409, "1\n")
    assert actions.cosign(at=NOON) == 0
    assert "walt.example signed 2 entries and says now that it knows 1: it was set back." in caplog.text


@pytest.mark.django_db
def test_what_a_witness_signed_last_has_an_address_of_its_own(answering, client):
    """Also once there are newer checkpoints, that it did not sign: from there it sees that its memory was set back."""
    enter(1, 2)
    last, line = seal(), WALT.line("x", 1)
    Cosignature.objects.create(checkpoint=last, witness=WALT.name, line=line, signed_at=NOON)
    enter(3)
    seal()
    answering(500, "")
    assert client.get(f"/ledger/signed/{WALT.verifier.id.hex()}").content.decode() == last.note + line


@pytest.mark.parametrize("text", ["", "nobody", "a+b+c http://walt.example", f"{WALT.verifier} ftp://walt.example"])
def test_a_witness_that_can_not_be_asked_is_an_error_that_names_the_setting(settings, text):
    settings.LEDGER_WITNESSES = [text]
    with pytest.raises(ImproperlyConfigured, match="LEDGER_WITNESSES"):
        witnesses()


def tree_of(size):
    return merkle.subtrees_of([merkle.leaf_hash(one) for one in numbered(size)])


def point(size):
    """The log “log.example” at that size."""
    return Checkpoint("log.example", size, merkle.root(size, tree_of(size)))


LOG = Signer("log.example", 1, Ed25519PrivateKey.from_private_bytes(bytes(32)))


@pytest.fixture
def memory(tmp_path):
    """What Walt knows: the log at five entries."""
    known = verify.Log("https://log.example", str(tmp_path / "seen.json"))
    known.keep(origin="log.example", keys=[str(LOG.verifier)], size=5, root=point(5).root.hex())
    return known


@pytest.fixture
def asked(memory, tmp_path):
    """What Walt answers to a request."""
    (tmp_path / "key").write_text(base64.b64encode(bytes(range(32))).decode())
    said = argparse.Namespace(name=WALT.name, key=None, which=str(tmp_path / "key"))
    witness = verify.Witness(memory, said)
    witness.sure = True
    return witness.answer


def request(old, checkpoint, by=LOG, proof=None):
    size = checkpoint.size
    hashes = merkle.consistency(old, size, tree_of(size)) if proof is None else proof
    lines = [base64.b64encode(one).decode() for one in hashes]
    return "\n".join([f"old {old}", *lines, "", checkpoint.note([by])])


def test_a_checkpoint_that_continues_is_signed_and_remembered(asked, memory):
    status, line = asked(request(5, point(9)))
    assert status == 200
    WALT.verifier.check_line(point(9).body, line.rstrip("\n"))
    assert memory.said["size"] == 9


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, ""),
        (400, "old x\n\n"),
        (400, "old 5\n!!\n\nlog.example\n"),
        (400, request(9, point(9), proof=[]).replace("old 9", "old 10")),
        (404, request(5, Checkpoint("other.example", 9, point(9).root), proof=[])),
        (403, request(5, point(9), by=Signer("log.example", 1, Ed25519PrivateKey.generate()))),
        (409, request(4, point(9))),
        (409, request(5, Checkpoint("log.example", 5, bytes(32)), proof=[])),
        (422, request(5, point(9), proof=[])),
        (422, request(5, point(5), proof=[bytes(32)])),
        (422, request(5, point(9), proof=[bytes(32)] * 60)),
        (422, request(5, Checkpoint("log.example", 9, bytes(32)), proof=[bytes(32)] * 4)),
    ],
)
def test_nothing_else_is_signed(asked, memory, status, body):
    assert asked(body)[0] == status
    assert memory.said["size"] == 5


def test_a_site_writes_nothing_on_the_terminal_but_words(capsys):
    def says():
        raise verify.Wrong("The site calls itself “\x1b[2K\x1b[1Aall is well\r\x9b”.")

    assert not verify.done(says)
    assert capsys.readouterr().err == "WRONG: The site calls itself “?[2K?[1Aall is well??”.\n"


@pytest.mark.parametrize("odd", ["\x1b", "\t", "\r", "\0"])
def test_a_checkpoint_has_no_control_characters(odd):
    note = Checkpoint(f"log.example{odd}", 9, point(9).root).note([LOG])
    with pytest.raises(verify.Wrong, match="can't be read"):
        verify.opened(note, [str(LOG.verifier)])


def test_the_first_checkpoint_comes_without_a_proof(asked, memory):
    memory.keep(size=0)
    assert asked(request(0, point(9), proof=[bytes(32)]))[0] == 422
    assert asked(request(0, point(9), proof=[]))[0] == 200


@given(st.data(), st.integers(2, 70))
def test_the_witness_accepts_exactly_the_proofs_that_hold(data, new):
    old = data.draw(st.integers(1, new - 1))
    proof = merkle.consistency(old, new, tree_of(new))
    assert verify.grows(old, point(old).root, new, point(new).root, proof)
    assert not verify.grows(old, bytes(32), new, point(new).root, proof)
    assert not verify.grows(old, point(old).root, new, point(new).root, [*proof, bytes(32)])
