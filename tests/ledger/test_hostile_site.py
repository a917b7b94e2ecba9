"""An outsider's script is told lies: by a site, a witness, a request, its own file. It says so in a sentence."""

import argparse
import base64
import http.server
import json
import socket
import threading
import time

import pytest

from tests.ledger.test_witnesses import LOG, WALT, asked, memory, point, request
from tests.ledger.trees import numbered
from transparency.ledger import merkle, verify

__all__ = ["asked", "memory"]  # fixtures


@pytest.fixture
def site():
    """A site that gives whatever a test wants: for each path, what writes the answer to the wire."""

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append(self.path)
            server.answers[self.path](self.wfile)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.answers, server.asked = {}, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def outsider(site, tmp_path):
    return verify.Log(f"http://127.0.0.1:{site.server_port}", str(tmp_path / "seen.json"))


def answer(body, status="200 OK", *headers):
    lines = "".join(f"{header}\r\n" for header in headers)
    return lambda wire: wire.write(f"HTTP/1.0 {status}\r\n{lines}\r\n".encode() + body)


def says(capsys, act):
    assert not verify.done(act)
    told = capsys.readouterr().err
    assert told.startswith("WRONG: ")
    return told


@pytest.mark.parametrize("place", ["file:///etc/hostname", "ftp://127.0.0.1/", "/elsewhere", "//127.0.0.1:1/"])
def test_no_redirect_is_followed(capsys, site, outsider, place):
    site.answers["/ledger/keys"] = answer(b"", "302 Found", f"Location: {place}")
    site.answers["/elsewhere"] = answer(b"")
    assert place in says(capsys, lambda: outsider.follow(None))
    assert site.asked == ["/ledger/keys"]


def test_an_answer_that_never_ends_is_not_waited_for(capsys, site, outsider, monkeypatch):
    def slowly(wire):
        answer(b"")(wire)
        while True:
            wire.write(b"x")
            time.sleep(0.05)

    monkeypatch.setattr(verify, "PATIENCE", 0.2)
    site.answers["/ledger/keys"] = slowly
    assert "too long" in says(capsys, lambda: outsider.follow(None))


def test_an_answer_that_is_too_large_is_not_read(capsys, site, outsider, monkeypatch):
    monkeypatch.setattr(verify, "MOST_BYTES", 1_000)
    site.answers["/ledger/keys"] = answer(b"x" * 1_001)
    assert "too long" in says(capsys, lambda: outsider.follow(None))


def test_a_document_that_is_no_document_is_no_traceback(capsys, site, outsider):
    site.answers["/editions/1.json"] = answer(b"[]")
    facts = {"subject": "1", "digest": verify.sha(b"[]").hex(), "effective_at": ""}
    says(capsys, lambda: outsider.word_for_word(0, facts))


@pytest.mark.parametrize("kept", ["", "{", "[7]", "null", '"x"', "\x00", '{"size": "5"}', '{"size": true}'])
def test_a_damaged_memory_is_named(capsys, tmp_path, kept):
    (tmp_path / "seen.json").write_text(kept)
    assert "seen.json is damaged" in says(capsys, lambda: verify.Log("https://a.example", str(tmp_path / "seen.json")))
    assert (tmp_path / "seen.json").read_text() == kept


def test_a_receipt_that_is_none_is_no_traceback(capsys, outsider, tmp_path):
    (tmp_path / "my.json").write_text(
        json.dumps(
            {
                "proof": {"record": "[]", "salt": "", "digest": verify.sha(b"[]").hex()},
                "choice": {},
                "events": [{"event_time": 1}],
                "header": {"receipt_id": 1},
            }
        )
    )
    says(capsys, lambda: outsider.check_receipt(str(tmp_path / "my.json")))


@pytest.mark.parametrize("odd", ["\u202e", "\u2066", "\u2028"])
def test_no_site_turns_what_is_written_around(capsys, odd):
    def lies():
        raise verify.Wrong(f"“{odd}”")

    assert odd not in says(capsys, lies)


@pytest.mark.parametrize("length", ["\xb2", "9" * 5_000, "-1", "", "1_0"])
def test_a_witness_answers_a_request_of_no_length(asked, length):
    owned = type("Own", (verify.Door,), {"owner": None})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), owned)
    threading.Thread(target=server.handle_request, daemon=True).start()
    with socket.create_connection(server.server_address, timeout=10) as wire:
        wire.sendall(f"POST /add-checkpoint HTTP/1.0\r\nContent-Length: {length}\r\n\r\n".encode("latin-1"))
        assert wire.makefile("rb").read().startswith(b"HTTP/1.0 404")
    server.server_close()


@pytest.fixture
def looks(site, monkeypatch, tmp_path):
    """Looks at a log of five entries that Walt signed at that time, if he did; as from the command line."""

    def look(seconds=None, *more):
        line = "" if seconds is None else WALT.line(point(5).body, seconds)
        site.answers["/ledger/keys"] = answer(f"{LOG.verifier}\n".encode())
        site.answers["/ledger/checkpoint"] = answer((point(5).note([LOG]) + line).encode())
        site.answers[f"/ledger/signed/{WALT.verifier.id.hex()}"] = site.answers["/ledger/checkpoint"]
        site.answers["/ledger/tile/0/000.p/5"] = answer(b"".join(map(merkle.leaf_hash, numbered(5))))
        url = f"http://127.0.0.1:{site.server_port}"
        memory = str(tmp_path / "seen.json")
        monkeypatch.setattr("sys.argv", ["verify.py", url, "--memory", memory, "--witness", str(WALT.verifier), *more])
        return verify.done(verify.check)

    return look


@pytest.mark.parametrize("seconds", [2**63, 2**64 - 1])
def test_a_witness_of_an_impossible_time_is_no_traceback(capsys, looks, seconds):
    assert not looks(seconds)
    assert "WRONG: " in capsys.readouterr().err


def test_a_witness_whose_time_goes_back_is_told(capsys, looks):
    assert looks(1_000)
    assert looks(None)
    assert looks(1_000)
    assert "a later time before" not in capsys.readouterr().out
    assert looks(900)
    assert "walt.example signed them too, on 1970-01-01 at 00:15 UTC. It said a later time" in capsys.readouterr().out


@pytest.mark.parametrize("known", [0, 3])
def test_a_witness_that_was_set_back_says_so_and_signs_nothing(capsys, site, outsider, looks, tmp_path, known):
    (tmp_path / "key").write_text(base64.b64encode(bytes(range(32))).decode())
    looks(1_000)
    site.answers["/ledger/checkpoint"] = answer(point(5).note([LOG]).encode())  # the newest is by nobody else yet
    outsider.keep(origin="log.example", keys=[str(LOG.verifier)], size=known, root=point(known).root.hex())
    walt = verify.Witness(outsider, argparse.Namespace(name=WALT.name, key=None, which=tmp_path / "key"))
    told = says(capsys, lambda: walt.look(once=True))
    assert f"This witness signed 5 entries, and {outsider.path} knows {known}: it was set back. Bring back" in told
    assert (walt.answer(request(known, point(9), proof=[]))[0], outsider.said["size"]) == (404, known)


@pytest.mark.parametrize("before", [(), ("--witness", str(WALT.verifier))], ids=["no option", "an option"])
@pytest.mark.parametrize("what", ["receipt", "witness"])
def test_a_file_that_is_not_there_is_named_with_what_it_is_for(capsys, monkeypatch, what, before):
    monkeypatch.setattr("sys.argv", ["verify.py", "https://a.example", *before, what, "nowhere"])
    assert f"“nowhere”, after “{what}”, is no file." in says(capsys, verify.check)


@pytest.mark.parametrize("end", ["", "/", "/ledger", "/ledger/"])
def test_the_address_of_the_logs_page_is_that_of_its_site(tmp_path, end):
    assert verify.Log(f"https://ledger{end}", str(tmp_path / "seen.json")).address == "https://ledger"


@pytest.mark.parametrize(
    ("option", "key"),
    [
        *(("--key", key) for key in ("", "x", "a+b", "a+b+c", "a+00000000+AAAA", str(LOG.verifier)[:-1])),
        ("--key", str(LOG.verifier).replace("log.", "lag.")),
        ("--key", str(WALT.verifier)),
        ("--witness", str(LOG.verifier)),
        ("--witness", "walt.example"),
    ],
)
def test_a_key_that_is_none_is_named_before_anything_is_asked(capsys, site, monkeypatch, tmp_path, option, key):
    command = [
        "verify.py",
        f"http://127.0.0.1:{site.server_port}",
        "--memory",
        str(tmp_path / "seen.json"),
        option,
        key,
    ]
    monkeypatch.setattr("sys.argv", command)
    assert f"“{key}” is no key of a " in says(capsys, verify.check)
    assert site.asked == []


def test_a_whole_key_is_believed(looks):
    assert looks(None, "--key", str(LOG.verifier))


def test_no_witness_is_taken_for_the_log():
    note = point(5).note([LOG]) + WALT.line(point(5).body, 1_000)
    with pytest.raises(verify.Wrong, match="not signed by the key of this log"):
        verify.opened(note, [str(WALT.verifier)])
