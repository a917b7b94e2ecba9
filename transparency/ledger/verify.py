#!/usr/bin/env python3
"""Check a transparency log without trusting the site that publishes it.

It needs nothing but Python 3.11 and the package "cryptography". What it saw it keeps in a file of yours, so that a log
that is rewritten later is noticed. It ends with 0 where all holds, and with 1 and a sentence where something does not.

    python verify.py https://site.example                      what changed since I looked last is only new entries
    python verify.py https://site.example entries              each new entry fits: no edition stands there twice
    python verify.py https://site.example edition 12           edition 12 is in the log, word for word
    python verify.py https://site.example receipt my.json      the choice on my receipt is in the log
    python verify.py https://site.example list 7:SALT:DIGEST   the list that my pipeline was given is in the log
    python verify.py https://site.example witness KEYFILE      the first, again and again, and sign what I saw
"""

import argparse
import base64
import hashlib
import http.client
import http.server
import json
import re
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
except ImportError:
    sys.exit("This needs the package cryptography, which is not here: python -m pip install cryptography")

WIDTH, HASH, LOG, WITNESS, CONFLICT, DASH = 256, 32, 1, 4, 409, "\u2014"
MOST_BYTES, LONGEST_REQUEST, MOST_ENTRIES = 64 * 1024 * 1024, 100_000, 10_000


class Wrong(Exception):  # noqa: N818 - what is said to whoever runs this
    """Something does not hold. The message is a sentence."""


def hold(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Wrong(otherwise)


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha(b"\x01", left, right)


def folded(hashes: bytes) -> bytes:
    """The root over hashes that stand one after the other, a power of two of them."""
    half = len(hashes) // 2
    return hashes if half < HASH else node(folded(hashes[:half]), folded(hashes[half:]))


class Log:
    """The log at an address: what it publishes, and nothing that it says about itself."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        hold(self.address.startswith(("https://", "http://")), f"“{address}” doesn't begin with https://.")
        self.tiles: dict[tuple[int, int, int], bytes] = {}
        self.bundle = ("", b"")  # the file of entries that was read last

    def get(self, path: str) -> bytes:
        try:
            with urllib.request.urlopen(f"{self.address}{path}", timeout=30) as answer:  # noqa: S310 - checked above
                return bytes(answer.read(MOST_BYTES))
        except (OSError, http.client.HTTPException) as fault:
            raise Wrong(f"{self.address}{path} can't be read: {fault}") from fault

    def published_keys(self) -> list[str]:
        return [line for line in self.get("/ledger/keys").decode().split("\n") if line]

    def subtree(self, size: int, level: int, index: int) -> bytes:
        """The root of the 2^level leaves from leaf ``index << level`` on, from the tiles of the tree of ``size``."""
        first = index << level % 8
        at = first % WIDTH * HASH
        return folded(self.tile(size, level // 8, first // WIDTH)[at : at + (HASH << level % 8)])

    def root(self, size: int, start: int, end: int) -> bytes:
        """The root over leaves ``start`` to ``end``, from full subtrees (RFC 6962, section 2.1)."""
        count = end - start
        if count & (count - 1) == 0:
            return self.subtree(size, count.bit_length() - 1, start // count)
        middle = start + (1 << (count - 1).bit_length() - 1)
        return node(self.root(size, start, middle), self.root(size, middle, end))

    def tile(self, size: int, level: int, index: int) -> bytes:
        """Its hashes. The root covers those of a tile that is full only through the one hash above them."""
        width = min(WIDTH, (size >> 8 * level) - index * WIDTH)
        if (level, index, width) not in self.tiles:
            data = self.get(f"/ledger/tile/{level}/{place(index, width)}")
            hold(len(data) == width * HASH, f"Tile {level}/{index} has {len(data)} bytes, not {width * HASH}.")
            if width == WIDTH and folded(data) != self.subtree(size, 8 * (level + 1), index):
                raise Wrong(f"Tile {level}/{index} is not the one that the signed tree holds.")
            self.tiles[level, index, width] = data
        return self.tiles[level, index, width]

    def facts(self, size: int, index: int) -> dict[str, Any]:
        """Those of the entry at ``index``, once they are shown to be in the tree."""
        path = f"/ledger/tile/entries/{place(index // WIDTH, min(WIDTH, size - index // WIDTH * WIDTH))}"
        self.bundle = self.bundle if self.bundle[0] == path else (path, self.get(path))
        data, at = self.bundle[1], 0
        for _ in range(index % WIDTH):
            at += 2 + int.from_bytes(data[at : at + 2])
        entry = data[at + 2 :][: int.from_bytes(data[at : at + 2])]
        hold(sha(b"\x00", entry) == self.subtree(size, 0, index), f"Entry {index} is not the one in the signed tree.")
        return dict(json.loads(entry))


def place(index: int, width: int) -> str:
    *above, last = [group.zfill(3) for group in f"{index:,}".split(",")]
    path = "".join(f"x{group}/" for group in above) + last
    return path if width == WIDTH else f"{path}.p/{width}"


def climb(here: int, last: int, path: Sequence[bytes]) -> Iterator[tuple[bool, bytes]]:
    """Each sibling on the way up from place ``here``, and whether it stands on the left (RFC 9162, section 2.1.3.2)."""
    for sibling in path:
        hold(last > 0, "A proof is too long.")
        on_the_left = bool(here & 1) or here == last
        yield on_the_left, sibling
        while on_the_left and here and not here & 1:
            here, last = here >> 1, last >> 1
        here, last = here >> 1, last >> 1
    hold(last == 0, "A proof is too short.")


def opened(note: str, keys: Sequence[str]) -> tuple[str, int, bytes]:
    """Origin, size and root of a signed checkpoint; at least one of ``keys`` must have signed it, and none wrongly."""
    body, empty, lines = note.rpartition("\n\n")
    signed, body = 0, f"{body}\n"
    for line in lines.split("\n") if empty else []:
        dash, name, encoded = [*line.split(" "), "", ""][:3]
        for key in keys:
            vname, vid, vkey = key.split("+", 2)
            data = base64.b64decode(encoded or "")
            if (dash, name, data[:4].hex()) == (DASH, vname, vid):
                kind, *public = base64.b64decode(vkey)
                try:
                    Ed25519PublicKey.from_public_bytes(bytes(public)).verify(data[4:], body.encode())
                except (InvalidSignature, ValueError) as fault:
                    raise Wrong(f"The signature of {name} is not over this checkpoint.") from fault
                signed += kind == LOG
    hold(signed > 0, "The checkpoint is not signed by the key of this log.")
    parts = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/=]{44})\n(?:.*\n)*", body)
    if parts is None:
        raise Wrong("The checkpoint can't be read.")
    return parts[1], int(parts[2]), base64.b64decode(parts[3])


class Memory:
    """What was seen before, in a file: the keys, and the newest checkpoint."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.said: dict[str, Any] = json.loads(self.path.read_text()) if self.path.exists() else {}

    def keep(self, **said: Any) -> None:
        self.said |= said
        temporary = self.path.with_suffix(".new")
        temporary.write_text(json.dumps(self.said))
        temporary.replace(self.path)


def follow(log: Log, memory: Memory, pinned: Sequence[str] | None) -> tuple[int, str]:
    """Check the newest checkpoint against everything seen before. Returns its size and its text."""
    log.tiles.clear()
    keys = pinned or memory.said.get("keys") or log.published_keys()
    note = log.get("/ledger/checkpoint").decode()
    origin, size, root = opened(note, keys)
    before = memory.said.get("size", 0)
    known_as = memory.said.get("origin", origin)
    hold(known_as == origin, f"This was the log “{known_as}”, and now calls itself “{origin}”.")
    hold(size >= before, f"The log had {before} entries, and now has {size}. Entries were taken away.")
    hold(not size or log.root(size, 0, size) == root, "The published tiles do not give the root that was signed.")
    if before and log.root(size, 0, before).hex() != memory.said["root"]:
        raise Wrong(f"The first {before} entries are not those that were here before. The log was rewritten.")
    # A new key is believed only where it signed beside one that is known.
    known = list(keys)
    for key in [] if pinned else log.published_keys():
        with suppress(Wrong):
            known += [key] if key not in known and opened(note, [key]) else []
    memory.keep(keys=known, origin=origin, size=size, root=root.hex(), note=note)
    return size, note


def check_entries(log: Log, size: int, most: str, memory: Memory) -> str:
    """Read on from the entry that was read last, for ``most`` entries: what one says must fit all those before."""
    read, last, editions = (memory.said.get(name, none) for name, none in (("read", 0), ("last", 0), ("editions", {})))
    end = min(size, read + int(most or MOST_ENTRIES))
    for index in range(read, end):
        facts = log.facts(size, index)
        kind, number = facts["kind"], facts["subject"]
        if kind == "edition":
            before = editions.setdefault(number, index)
            hold(before == index, f"Edition {number} stands in the log twice, as entries {before} and {index}.")
            word_for_word(log, index, facts)
        elif kind == "choices":
            hold(facts["first"] == last + 1, f"Choices up to {last} were entered, and entry {index} does not go on.")
            last = facts["last"]
    memory.keep(read=end, last=last, editions=editions)
    return f"Entries up to {end} fit each other, and the editions that they name. {size - end} are left to read."


def check_edition(log: Log, size: int, number: str, _: Memory) -> str:
    index = int(log.get(f"/ledger/index/edition/{int(number)}").decode())
    facts = log.facts(size, index)
    hold((facts["kind"], facts["subject"]) == ("edition", number), f"Entry {index} is not that of edition {number}.")
    word_for_word(log, index, facts)
    return f"Edition {number} is entry {index}, word for word as it was published."


def word_for_word(log: Log, index: int, facts: dict[str, Any]) -> None:
    number = facts["subject"]
    document = log.get(f"/editions/{int(number)}.json")
    same = sha(document).hex() == facts["digest"]
    hold(same, f"Edition {number} reads otherwise than the log says it was published, in entry {index}.")
    said = json.loads(document)
    same = (str(said["number"]), said["effective_at"]) == (number, facts["effective_at"])
    hold(same, f"Edition {number} and its entry name different numbers or days.")


def check_receipt(log: Log, size: int, path: str, _: Memory) -> str:
    receipt = json.loads(Path(path).read_text())
    proof, record = receipt["proof"], json.loads(receipt["proof"]["record"])
    digest = sha(bytes.fromhex(proof["salt"]), proof["record"].encode())
    hold(digest.hex() == proof["digest"], "The choice does not give the digest beside it: the receipt was changed.")
    told = {**receipt["choice"], "at": receipt["events"][0]["event_time"], "reference": receipt["header"]["receipt_id"]}
    hold(told == {name: record.get(name) for name in told}, "The receipt says one thing and proves another.")
    batch = proof.get("batch")
    hold(bool(batch), "This choice was not in the log yet when the receipt was saved. Save it again in a minute.")
    facts = log.facts(size, batch["entry"])
    place, count = record["sequence"] - facts["first"], facts["last"] - facts["first"] + 1
    hold(0 <= place < count, f"Entry {batch['entry']} is of other choices than this one.")
    found = sha(b"\x00", digest)
    for on_the_left, sibling in climb(place, count - 1, [bytes.fromhex(one) for one in batch["path"]]):
        found = node(sibling, found) if on_the_left else node(found, sibling)
    hold((facts["kind"], facts["root"]) == ("choices", found.hex()), "The log has another choice in its place.")
    return f"Your choice ({told['decision']} {told['scope']}) is entry {batch['entry']}, exactly as the receipt says."


def check_list(log: Log, size: int, given: str, _: Memory) -> str:
    """``given`` has what came with the list: Suppressions-Entry, -Salt and -Digest."""
    number, *secret = given.split(":")
    facts = log.facts(size, int(log.get(f"/ledger/index/list/{int(number)}").decode()))
    hold((facts["kind"], facts["subject"]) == ("list", number), f"The index gives another entry than list {number}'s.")
    hold(facts["commitment"] == sha(*map(bytes.fromhex, secret)).hex(), f"The log has another list {number}.")
    return f"The log says that {facts['pipeline']} was given this list, of choices up to {facts['sequence']}."


CHECKS = {"entries": check_entries, "edition": check_edition, "receipt": check_receipt, "list": check_list}
FAULTS = (Wrong, ValueError, LookupError, TypeError, OSError, RecursionError)
NEEDED = {"log": "", "entries": "[0-9]{0,9}", "edition": "[1-9][0-9]{0,8}", "list": "[0-9]{1,18}(:[0-9a-f]+){2}"}


class Witness:
    """Follows a log, and signs every checkpoint that continues all before (C2SP tlog-cosignature, tlog-witness)."""

    def __init__(self, log: Log, memory: Memory, given: argparse.Namespace) -> None:
        self.log, self.memory, self.name, self.pinned = log, memory, given.name, given.key
        self.key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(Path(given.which).read_text()))
        self.id = sha(self.name.encode(), b"\n", bytes([WITNESS]), self.key.public_key().public_bytes_raw())[:4]
        self.turn = threading.Lock()

    def look(self) -> None:
        with self.turn:
            size, note = follow(self.log, self.memory, self.pinned)
            self.memory.keep(cosigned=note + self.line(note))
        print(f"{size} entries, all that were there before are there. Signed.", flush=True)

    def line(self, note: str) -> str:
        body, now = note.partition("\n\n")[0] + "\n", int(time.time())
        signature = self.key.sign(f"cosignature/v1\ntime {now}\n{body}".encode())
        return f"{DASH} {self.name} {base64.b64encode(self.id + now.to_bytes(8) + signature).decode()}\n"

    def answer(self, request: str) -> tuple[int, str]:
        """Status and text of the answer to a checkpoint that the log hands in."""
        head, _, note = request.partition("\n\n")
        try:
            word, *proof = head.split("\n")
            old, path = int(word.removeprefix("old ")), [base64.b64decode(one, validate=True) for one in proof]
        except ValueError:
            return 400, "The form is: old and a size, a proof, an empty line, and a checkpoint.\n"
        with self.turn:
            known = self.memory.said
            if note.partition("\n")[0] != known.get("origin"):
                return 404, "This log is not known here.\n"
            try:
                _, size, root = opened(note, known["keys"])
            except (Wrong, ValueError) as fault:
                return 403, f"{fault}\n"
            if not 0 <= old <= size:
                return 400, "The old size is larger than the new one.\n"
            if old != known["size"] or (old == size and root.hex() != known["root"]):
                return CONFLICT, f"{known['size']}\n"
            if old and not grows(old, bytes.fromhex(known["root"]), size, root, path):
                return 422, "The proof does not show that the log only grew.\n"
            line = self.line(note)
            self.memory.keep(size=size, root=root.hex(), note=note, cosigned=note + line)
        return 200, line


class Door(http.server.BaseHTTPRequestHandler):
    """POST /add-checkpoint"""

    timeout = 10
    owner: Witness

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/add-checkpoint" or not length.isdigit() or int(length) > LONGEST_REQUEST:
            self.send_error(404)
            return
        status, text = self.owner.answer(self.rfile.read(int(length)).decode(errors="replace"))
        self.send_response(status)
        self.send_header("Content-Type", "text/x.tlog.size" if status == CONFLICT else "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())


def grows(old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether this proof shows that the larger tree begins with the smaller one (RFC 9162, section 2.1.4.2)."""
    if old == size:
        return not path and old_root == root
    nodes = list(path) if old & (old - 1) else [old_root, *path]
    shared = (old & -old).bit_length() - 1  # levels at which the old tree ends in a full subtree
    before = after = nodes[0] if nodes else b""
    with suppress(Wrong):
        for on_the_left, sibling in climb(old - 1 >> shared, size - 1 >> shared, nodes[1:]):
            before = node(sibling, before) if on_the_left else before
            after = node(sibling, after) if on_the_left else node(after, sibling)
        return (before, after) == (old_root, root)
    return False


def witness(log: Log, memory: Memory, given: argparse.Namespace) -> int:
    one = Witness(log, memory, given)
    if given.listen:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", given.listen), type("Own", (Door,), {"owner": one}))
        threading.Thread(target=server.serve_forever, daemon=True).start()
    while not given.once:
        try:
            one.look()
        except FAULTS as fault:
            complain(fault)
        time.sleep(60)
    one.look()
    return 0


def complain(fault: Exception) -> None:
    why = "" if isinstance(fault, Wrong | OSError) else f"Something can't be read, {type(fault).__name__}: "
    print(f"WRONG: {why}{fault}", file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", help="of the site, e.g. https://transparency.example")
    parser.add_argument("what", nargs="?", choices=["log", *CHECKS, "witness"], default="log")
    parser.add_argument("which", nargs="?", help="of an edition, a list, a receipt, a key: see above")
    parser.add_argument("--memory", default="seen.json", help="the file that keeps what was seen (seen.json)")
    parser.add_argument("--key", action="append", help="believe this public key only (name+id+key)")
    parser.add_argument("--name", default="witness.example", help="the name that a witness signs with")
    parser.add_argument("--listen", type=int, metavar="PORT", help="where a witness takes in checkpoints too")
    parser.add_argument("--once", action="store_true", help="a witness looks once, and ends")
    given = parser.parse_args()
    if not re.fullmatch(NEEDED.get(given.what, ".+"), given.which or ""):
        parser.error(f"“{given.which or 'nothing'}” can't go with “{given.what}”. See the examples: --help.")
    return given


def main() -> int:
    given = arguments()
    try:
        log, memory = Log(given.address), Memory(given.memory)
        if given.what == "witness":
            return witness(log, memory, given)
        size, _ = follow(log, memory, given.key)
        print(f"{size} entries. Everything that was there before is still there.")
        if given.what != "log":
            print(CHECKS[given.what](log, size, given.which, memory))
    except FAULTS as fault:
        complain(fault)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
