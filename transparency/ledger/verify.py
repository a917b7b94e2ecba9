#!/usr/bin/env python3
"""Check a transparency log without trusting the site that publishes it.

It needs Python 3.11 and the package "cryptography". What it saw it keeps in a file, so that a log rewritten later is
noticed. It ends with 0 where all holds, and with 1 and a sentence where something does not.

    python verify.py https://site.example                      what changed since I looked last is only new entries
    python verify.py https://site.example entries              new ones fit; no edition was rewritten or is there twice
    python verify.py https://site.example files [older]        each file bit for bit [and those of smaller trees too]
    python verify.py https://site.example edition 12           edition 12 is in the log, word for word
    python verify.py https://site.example receipt my.json      the choice on my receipt is in the log
    python verify.py https://site.example list 7:SALT:DIGEST   the list that came with these Suppressions- headers
    python verify.py https://site.example witness KEYFILE      the first, again and again, and sign; reads no entry
"""

import argparse
import base64
import hashlib
import http.server
import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib import request

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
except ImportError:
    sys.exit("This needs the package cryptography, which is not here: python -m pip install cryptography")

WIDTH, HASH, WITNESS, CONFLICT, DASH, LEAF, NODE = 256, 32, 4, 409, "\u2014", b"\x00", b"\x01"
MOST_BYTES, MOST_ENTRIES, TELL_EVERY, PATIENCE = 64 << 20, 10_000, 1_000, 600  # seconds, for one answer
ODD = "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]"  # what moves a cursor, or turns text around
STAY = type("Stay", (request.HTTPRedirectHandler,), {"redirect_request": lambda *_: None})  # out of a witness's network
NEEDED = {"log": "", "files": "|older", "entries": "[0-9]*", "edition": "[1-9][0-9]*", "list": "[0-9]+(:[0-9a-f]+){2}"}


class Wrong(Exception):  # noqa: N818 - what is said to whoever runs this
    """Something does not hold. The message is a sentence."""


def hold(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Wrong(otherwise)


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def folded(hashes: bytes) -> bytes:
    """The root over hashes that stand one after the other, a power of two of them."""
    return hashes if (half := len(hashes) // 2) < HASH else sha(NODE, folded(hashes[:half]), folded(hashes[half:]))


class Log:
    """The log at an address, and in a file what was seen of it before. Nothing counts that it says about itself."""

    def __init__(self, address: str, memory: str) -> None:
        self.address, self.path, self.size = re.sub("(?<=[^/])(/ledger)?/*$", "", address), Path(memory), 0
        hold(self.address.startswith(("https://", "http://")), f"“{address}” doesn't begin with https://.")
        kept = self.path.read_text() if self.path.exists() else "{}"
        self.said: dict[str, Any] = json.loads(kept) if kept[:1] + kept[-1:] == "{}" else {"size": None}
        hold(type(self.said.get("size", 0)) is int, f"{memory} is damaged. Bring a copy back: it shows what was here.")
        self.tiles: dict[tuple[int, int, int], bytes] = {}
        self.bundle: tuple[str, list[bytes]] = ("", [])  # the file of entries that was read last

    def keep(self, **said: Any) -> None:
        self.said |= said
        (temporary := self.path.with_suffix(".new")).write_text(json.dumps(self.said))
        temporary.replace(self.path)

    def get(self, path: str, absent: bytes | None = None) -> bytes:
        try:
            with request.build_opener(STAY).open(f"{self.address}{path}", timeout=30) as answer:
                data, end = bytearray(), time.monotonic() + PATIENCE
                while part := answer.read1(1 << 20):
                    data += part
                    hold(len(data) <= MOST_BYTES and time.monotonic() < end, f"{self.address}{path} is too long.")
                return bytes(data)
        except (OSError, http.client.HTTPException) as fault:
            if absent is not None and getattr(fault, "code", 0) == 404:
                return absent
            to = (getattr(fault, "headers", None) or {}).get("Location", "")
            led = f" It leads to {to}: give that address, if you trust it." if to else ""
            raise Wrong(f"{self.address}{path} can't be read: {fault}.{led}") from fault

    def subtree(self, level: int, index: int) -> bytes:
        """The root of the 2^level leaves from leaf ``index << level`` on, from the tiles."""
        first = index << level % 8
        return folded(self.tile(level // 8, first // WIDTH)[first % WIDTH * HASH :][: HASH << level % 8])

    def root(self, start: int, end: int) -> bytes:
        """The root over leaves ``start`` to ``end``, from full subtrees (RFC 6962, section 2.1)."""
        if (count := end - start) & (count - 1) == 0:
            return self.subtree(count.bit_length() - 1, start // count)
        middle = start + (1 << (count - 1).bit_length() - 1)
        return sha(NODE, self.root(start, middle), self.root(middle, end))

    def tile(self, level: int, index: int) -> bytes:
        """Its hashes. The root covers those of a tile that is full only through the one hash above them."""
        width = min(WIDTH, (self.size >> 8 * level) - index * WIDTH)
        if (level, index, width) not in self.tiles:
            data = self.get(f"/ledger/tile/{level}/{place(index, width)}")
            same = width < WIDTH or folded(data) == self.subtree(8 * (level + 1), index)
            hold(same and len(data) == width * HASH, f"Tile {level}/{index} is not the one that the signed tree holds.")
            self.tiles[level, index, width] = data
        return self.tiles[level, index, width]

    def entries(self, index: int) -> list[bytes]:
        """Those of the file at ``index``, each after its length, two bytes; none more and none less."""
        path = f"/ledger/tile/entries/{place(index, width := min(WIDTH, self.size - index * WIDTH))}"
        if self.bundle[0] != path:
            data, found, at = self.get(path), [], 0
            while at < len(data):
                found.append(data[at + 2 : (at := at + 2 + int.from_bytes(data[at : at + 2]))])
            hold((at, len(found)) == (len(data), width), f"{path} does not hold {width} entries.")
            self.bundle = path, found
        return self.bundle[1]

    def facts(self, index: int) -> dict[str, Any]:
        """Those of the entry at ``index``, once they are shown to be in the tree."""
        entry = self.entries(index // WIDTH)[index % WIDTH]
        hold(sha(LEAF, entry) == self.subtree(0, index), f"Entry {index} is not the one in the signed tree.")
        return dict(json.loads(entry))

    def follow(self, pinned: Any, witnesses: Sequence[str] = (), own: str = "") -> tuple[str, dict[str, int]]:
        """Check the newest checkpoint, of ``own`` too, against all seen before; return its text and who signed."""
        self.tiles.clear()
        published = [] if pinned else self.get("/ledger/keys").decode().split()
        known = list(pinned or self.said.get("keys") or published)
        note = self.get("/ledger/checkpoint").decode()
        origin, self.size, root, signed = opened(note, known, [*published, *witnesses, *[own] * bool(own)])
        was, known_as = self.said.get("size", 0), self.said.get("origin", origin)
        hold(known_as == origin, f"This was the log “{known_as}”, and now calls itself “{origin}”.")
        hold(self.size >= was, f"The log had {was} entries, and now has {self.size}. Entries were taken away.")
        hold(not self.size or self.root(0, self.size) == root, "The tiles do not give the root that was signed.")
        hold(not was or self.root(0, was).hex() == self.said["root"], f"The first {was} entries were rewritten.")
        mine = self.get(f"/ledger/signed/{own.split('+')[1]}", b"").decode() if own else ""
        _, most, _, by = opened(mine, known, [own]) if mine else ("", 0, b"", {})
        lost = f"This witness signed {most} entries, and {self.path} knows {was}: it was set back. Bring back"
        hold(most <= was or own not in by, f"{lost} the newer one, or go on with a new key and name.")
        known += [key for key in published if key in signed and key not in known]  # a new one, beside a known one
        times = {**self.said.get("times", {}), **signed}
        self.keep(keys=known, origin=origin, size=self.size, root=root.hex(), note=note, times=times)
        return note, signed

    def check_entries(self, most: str) -> str:
        """Read on, for ``most`` entries: each must fit all before. Every edition named so far is read once more."""
        read, last, when, odd = self.said.get("read", 0), self.said.get("last", 0), self.said.get("when", ""), ""
        editions = self.said.get("editions", {})
        for index in range(read, end := min(self.size, read + int(most or MOST_ENTRIES))):
            kind, number = (facts := self.facts(index))["kind"], facts["subject"]
            if kind == "edition":
                first = editions.setdefault(number, index)
                hold(first == index, f"Edition {number} stands in the log twice, as entries {first} and {index}.")
            elif kind == "choices":
                hold(facts["first"] == last + 1, f"Choices up to {last} were entered, and entry {index} doesn't go on.")
                last = facts["last"]
            at = facts.get("published_at", when)
            odd += f" Edition {number} says an earlier time than one before it." * (at < when)
            when = facts.get("now", at)  # as an entry “clock” says, where one had run ahead
        for index in editions.values():
            self.word_for_word(index, self.facts(index))
        self.keep(read=end, last=last, when=when, editions=editions)
        return f"Entries up to {end} fit each other, and the editions that they name. {self.size - end} are left.{odd}"

    def check_files(self, older: str) -> str:
        """Every file of this tree, each hash and entry; with ``older``, those too that smaller trees left there."""
        read = 0
        for level, index in ((up, at) for up in range(8) for at in range((self.size >> 8 * up) + WIDTH - 1 >> 8)):
            data = self.tile(level, index)
            parts = {str(level): [data[at : at + HASH] for at in range(0, len(data), HASH)]}
            if level == 0:
                entries, _ = self.entries(index), self.tiles.pop((0, index, len(data) // HASH))
                hold([sha(LEAF, one) for one in entries] == parts["0"], f"File of entries {index} is not as signed.")
                parts["entries"] = [len(entry).to_bytes(2) + entry for entry in entries]
            for kind, pieces in parts.items():
                for width in range(1, len(pieces)) if older else ():
                    path, was = f"/ledger/tile/{kind}/{place(index, width)}", b"".join(pieces[:width])
                    hold(self.get(path, was) == was, f"{path} is not what it was in a smaller tree.")
            if (read := read + len(parts)) % TELL_EVERY < len(parts):
                print(f"{read:,} files so far.", file=sys.stderr, flush=True)
        return f"{read} files are those of the signed tree, bit for bit."

    def named(self, kind: str, number: str) -> tuple[int, dict[str, Any]]:
        found = self.get(f"/ledger/index/{kind}/{int(number)}", b"")
        hold(bool(found), f"The log has no {kind} {number}, or not yet.")
        index, facts = int(found), self.facts(int(found))
        hold((facts["kind"], facts["subject"]) == (kind, number), f"Entry {index} is not that of {kind} {number}.")
        return index, facts

    def check_edition(self, number: str) -> str:
        self.word_for_word(*(found := self.named("edition", number)))
        return f"Edition {number} is entry {found[0]}, word for word as it was published."

    def word_for_word(self, index: int, facts: dict[str, Any]) -> None:
        number, document = facts["subject"], self.get(f"/editions/{int(facts['subject'])}.json")
        hold(sha(document).hex() == facts["digest"], f"Edition {number} reads otherwise than entry {index} of the log.")
        told = {"number": int(number), "effective_at": facts["effective_at"]}
        hold(told.items() <= json.loads(document).items(), f"Edition {number} and its entry name different numbers.")

    def check_receipt(self, path: str) -> str:
        said = json.loads(Path(path).read_text())
        proof, record = said["proof"], json.loads(said["proof"]["record"])
        digest = sha(bytes.fromhex(proof["salt"]), proof["record"].encode())
        hold(digest.hex() == proof["digest"], "The choice does not give the digest beside it: the receipt was changed.")
        told = {**said["choice"], "at": said["events"][0]["event_time"], "reference": said["header"]["receipt_id"]}
        hold(told == {name: record.get(name) for name in told}, "The receipt says one thing and proves another.")
        hold(bool(batch := proof.get("batch")), "This choice was not in the log yet. Save it again in a minute.")
        entry, facts = batch["entry"], self.facts(batch["entry"])
        here, first, last = record["sequence"], facts.get("first", 0), facts.get("last", -1)
        hold(first <= here <= last, f"Entry {entry} is of other choices than this one.")
        found = sha(LEAF, digest)
        for on_the_left, sibling in climb(here - first, last - first, [bytes.fromhex(one) for one in batch["path"]]):
            found = sha(NODE, sibling, found) if on_the_left else sha(NODE, found, sibling)
        hold((facts["kind"], facts["root"]) == ("choices", found.hex()), "The log has another choice in its place.")
        return f"Your choice ({told['decision']} {told['scope']}) is entry {entry}, exactly as the receipt says."

    def check_list(self, given: str) -> str:
        _, facts = self.named("list", (said := given.split(":"))[0])
        hold(facts["commitment"] == sha(*map(bytes.fromhex, said[1:])).hex(), f"The log has another list {said[0]}.")
        return f"The log says that {facts['pipeline']} was given this list, of choices up to {facts['sequence']}."


def place(index: int, width: int) -> str:
    *above, last = [group.zfill(3) for group in f"{index:,}".split(",")]
    return "".join(f"x{group}/" for group in above) + last + (f".p/{width}" if width < WIDTH else "")


def climb(here: int, last: int, path: Sequence[bytes]) -> Iterator[tuple[bool, bytes]]:
    """Each sibling on the way up from place ``here``, and whether it stands on the left (RFC 9162, section 2.1.3.2)."""
    for sibling in path:
        hold(last > 0, "A proof is too long.")
        yield (on_the_left := bool(here & 1) or here == last), sibling
        up = max(1, (here & -here).bit_length()) if on_the_left else 1  # past levels at which nothing stands beside
        here, last = here >> up, last >> up
    hold(last == 0, "A proof is too short.")


def opened(note: str, own: Sequence[str], others: Sequence[str] = ()) -> tuple[str, int, bytes, dict[str, int]]:
    """Origin, size and root of a checkpoint that a key of ``own`` signed, and who signed, with a witness's time."""
    body, empty, lines = note.rpartition("\n\n")
    body, signed = f"{body}\n", {}
    for line in lines.split("\n") if empty else []:
        dash, name, encoded = [*line.split(" "), "", ""][:3]
        for key in (*own, *others):
            (vname, vid, vkey), data = key.split("+", 2), base64.b64decode(encoded)
            if (dash, name, data[:4].hex()) == (DASH, vname, vid):
                kind, *public = base64.b64decode(vkey)
                stamp, signature = (data[4:12], data[12:]) if kind == WITNESS else (b"", data[4:])
                before = f"cosignature/v1\ntime {int.from_bytes(stamp)}\n" if kind == WITNESS else ""
                try:
                    Ed25519PublicKey.from_public_bytes(bytes(public)).verify(signature, f"{before}{body}".encode())
                except (InvalidSignature, ValueError) as fault:
                    raise Wrong(f"The signature of {name} is not over this checkpoint.") from fault
                signed[key] = int.from_bytes(stamp)  # 0 where the log itself signed
    hold(any(signed.get(key) == 0 for key in own), "It is not signed by the key of this log. Ask for the new: --key")
    parts = re.findall(r"\A([^\0-\x1f]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/=]{44})\n(?:[^\0-\x1f]+\n)*\Z", body)
    hold(bool(parts), "The checkpoint can't be read.")
    return parts[0][0], int(parts[0][1]), base64.b64decode(parts[0][2]), signed


class Witness:
    """Follows a log, and signs every checkpoint that continues all before (C2SP tlog-cosignature, tlog-witness)."""

    def __init__(self, log: Log, given: argparse.Namespace) -> None:
        self.log, self.name, self.pinned, self.turn, self.sure = log, given.name, given.key, threading.Lock(), False
        self.key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(Path(given.which).read_text()))
        public = bytes([WITNESS]) + self.key.public_key().public_bytes_raw()
        self.id = sha(f"{self.name}\n".encode(), public)[:4]
        self.own = f"{self.name}+{self.id.hex()}+{base64.b64encode(public).decode()}"
        print(f"Signing by the key {self.own}", flush=True)

    def look(self, once: bool = False) -> None:
        if once or self.log.said or self.log.get("/ledger/checkpoint", b""):
            with self.turn:
                note, self.sure = self.log.follow(self.pinned, own=self.own)[0], True
                self.log.keep(cosigned=note + self.line(note))
        told = f"{self.log.size} entries. All from before are there: signed. What they say is unread."
        print(told if self.sure else "Nothing is sealed yet, as on a site that has just begun.", flush=True)

    def run(self, given: argparse.Namespace) -> None:
        if given.listen:
            server = http.server.ThreadingHTTPServer(("127.0.0.1", given.listen), type("Own", (Door,), {"owner": self}))
            threading.Thread(target=server.serve_forever, daemon=True).start()
        while not given.once:
            time.sleep(60 if not done(self.look) or self.log.said else 5)
        self.look(once=True)

    def line(self, note: str) -> str:
        body, now = note.partition("\n\n")[0] + "\n", int(time.time())
        signature = self.key.sign(f"cosignature/v1\ntime {now}\n{body}".encode())
        return f"{DASH} {self.name} {base64.b64encode(self.id + now.to_bytes(8) + signature).decode()}\n"

    def answer(self, request: str) -> tuple[int, str]:  # status and text, to a checkpoint that the log hands in
        head, _, note = request.partition("\n\n")
        try:
            word, *proof = head.split("\n")
            old, path = int(word.removeprefix("old ")), [base64.b64decode(one, validate=True) for one in proof]
        except ValueError:
            return 400, "The form is: old and a size, a proof, an empty line, and a checkpoint.\n"
        with self.turn:
            known = self.log.said if self.sure else {}
            if note.partition("\n")[0] != known.get("origin"):
                return 404, "This log is not known here.\n"
            try:
                _, size, root, _ = opened(note, known["keys"])
            except (Wrong, ValueError) as fault:
                return 403, f"{fault}\n"
            if not 0 <= old <= size:
                return 400, "The old size is larger than the new one.\n"
            if old != known["size"] or (old == size and root.hex() != known["root"]):
                return CONFLICT, f"{known['size']}\n"
            if not (grows(old, bytes.fromhex(known["root"]), size, root, path) if 0 < old < size else not path):
                return 422, "The proof does not show that the log only grew.\n"
            line = self.line(note)
            self.log.keep(size=size, root=root.hex(), note=note, cosigned=note + line)
        return 200, line


class Door(http.server.BaseHTTPRequestHandler):
    timeout = 10
    owner: Witness

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        form = self.path == "/add-checkpoint" and re.fullmatch("[0-9]{1,5}", length)
        status, text = self.owner.answer(self.rfile.read(int(length)).decode(errors="replace")) if form else (404, "")
        self.send_response(status)
        self.send_header("Content-Type", "text/x.tlog.size" if status == CONFLICT else "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())


def grows(old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether this proof shows that a larger tree begins with a smaller one (RFC 9162, section 2.1.4.2)."""
    nodes = list(path) if old & (old - 1) else [old_root, *path]
    shared = (old & -old).bit_length() - 1  # levels at which the old tree ends in a full subtree
    was = now = nodes[0] if nodes else b""
    with suppress(Wrong):
        for left, sibling in climb(old - 1 >> shared, size - 1 >> shared, nodes[1:]):
            was, now = (sha(NODE, sibling, was), sha(NODE, sibling, now)) if left else (was, sha(NODE, now, sibling))
        return (was, now) == (old_root, root)
    return False


def done(act: Callable[[], object]) -> bool:
    try:
        act()
    except Exception as fault:
        why = "" if isinstance(fault, Wrong | OSError) else f"Something can't be read, {type(fault).__name__}: "
        print(re.sub(ODD, "?", f"WRONG: {why}{fault}"), file=sys.stderr, flush=True)
        return False
    return True


def check() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", help="of the site, e.g. https://transparency.example")
    parser.add_argument("what", nargs="?", choices=[*NEEDED, "receipt", "witness"], default="log")
    parser.add_argument("which", nargs="?", help="of an edition, a list, a receipt, a key: see above")
    parser.add_argument("--memory", default="seen.json", help="the file that keeps what was seen (seen.json)")
    parser.add_argument("--key", action="append", help="believe this public key only (name+id+key)")
    parser.add_argument("--witness", action="append", default=[], metavar="KEY", help="say whether this witness signed")
    parser.add_argument("--name", default="witness.example", help="the name that a witness signs with")
    parser.add_argument("--listen", type=int, metavar="PORT", help="where a witness takes in checkpoints too")
    parser.add_argument("--once", action="store_true", help="a witness looks once, and ends")
    given = parser.parse_intermixed_args()  # options may stand before the words, too
    if not re.fullmatch(NEEDED.get(given.what, ".+"), given.which or ""):
        parser.error(f"“{given.which or 'nothing'}” can't go with “{given.what}”. See the examples: --help.")
    for key, kind in (dict.fromkeys(given.key or (), 1) | dict.fromkeys(given.witness, WITNESS)).items():
        data = base64.b64decode(key[-44:] if re.fullmatch("[^+]+[+][0-9a-f]{8}[+][A-Za-z0-9+/]{44}", key) else "")
        whole = data[:1] == bytes([kind]) and sha(f"{key[:-54]}\n".encode(), data)[:4].hex() == key[-53:-45]
        hold(whole, f"“{key}” is no key of a {'log' if kind == 1 else 'witness'}, or not all of it: name+id+key.")
    hold(given.what in NEEDED or Path(given.which).is_file(), f"“{given.which}”, after “{given.what}”, is no file.")
    log = Log(given.address, given.memory)
    if given.what == "witness":
        Witness(log, given).run(given)
        return
    now = "Everything that was there before is still there." if log.said else "They are remembered for the next look."
    times, (_, signed) = log.said.get("times", {}), log.follow(given.key, given.witness)
    alone = " Whether others are shown the same, only a witness can tell: --witness KEY."
    print(f"{log.size} entries. {now}{alone * (not given.witness)}")
    for key in given.witness:
        when = time.strftime("signed them too, on %Y-%m-%d at %H:%M UTC", time.gmtime(signed.get(key, 0)))
        back = " It said a later time before." if signed.get(key, times.get(key, 0)) < times.get(key, 0) else ""
        print(f"{key.partition('+')[0]} {when if key in signed else 'did not sign them, or not yet'}.{back}")
    if given.what != "log":
        print(re.sub(ODD, "?", getattr(log, f"check_{given.what}")(given.which or "")))


if __name__ == "__main__":
    sys.exit(not done(check))
