"""Anybody can check the log without an account; what was rewritten is noticed. By the real script, on its own."""

import gzip
import json
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from tests.consent.builders import LATER
from tests.enforcement.lists.builders import header_of
from tests.ledger.tampering import ALL_TO_SEAL_ANEW, GUARDS, LAST_LOST
from tests.register.builders import NOON, register, use
from transparency.config import past
from transparency.consent import proofs
from transparency.consent.actions import choose
from transparency.consent.models import Origin
from transparency.consent.precedence import Decision
from transparency.enforcement.actions import give_list
from transparency.enforcement.lists.members import members_of
from transparency.ledger import actions, queries
from transparency.ledger.models import Cosignature
from transparency.ledger.notes import WITNESS, Signer, read_checkpoint
from transparency.ledger.sealing import RolledBack
from transparency.members.pages.ledger import SCRIPT

WALT, WANDA = (
    Signer(f"{name}.example", WITNESS, Ed25519PrivateKey.from_private_bytes(bytes(range(first, first + 32))))
    for name, first in (("walt", 0), ("wanda", 1))
)
FILES = [
    "/ledger/checkpoint",
    "/ledger/keys",
    "/ledger/verify.py",
    "/ledger/tile/0/000.p/2",
    "/ledger/tile/entries/000.p/2",
    "/ledger/index/edition/2",
    "/ledger/proof/1.tlog-proof",
]
NOWHERE = [
    "/ledger/tile/0/000",
    "/ledger/tile/0/001",
    "/ledger/tile/0/000.p/0",
    "/ledger/tile/0/000.p/256",
    "/ledger/tile/../signer/signed.json",
    "/ledger/tile/entries/../../signer/signed.json",
    "/ledger/index/edition/9",
    "/ledger/index/ghost/1",
    "/ledger/signed/00000000",
    "/ledger/proof/2.tlog-proof",
    "/ledger/proof/-1.tlog-proof",
    "/ledger/proof/01.tlog-proof",
]
ALONE = "Whether others are shown the same, only a witness can tell: --witness KEY.\n"


class Outsider:
    """Somebody with the script and a file of what they saw, and nothing of ours."""

    def __init__(self, address, folder):
        self.address, self.folder = address, folder

    def checks(self, *what):
        command = [sys.executable, "-I", str(SCRIPT), self.address, *what, "--memory", str(self.folder / "seen.json")]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)

    def finds_fault(self, *what):
        answer = self.checks(*what)
        assert answer.returncode == 1
        return answer.stderr


@pytest.fixture
def sealed(publish):
    """Two editions, published and sealed."""
    publish(register())
    publish(register(use(), use(stage="inference")))
    return actions.seal(at=NOON)


@pytest.fixture
def given(pip, sealed):
    """What came with a list that Pip was given, sealed since."""
    rows = members_of([7])
    row = give_list(pipeline=pip, header=header_of(rows, sequence=1), at=NOON)
    actions.seal(at=NOON)
    return f"{row.pk}:{bytes(row.salt).hex()}:{rows.digest()}"


@pytest.fixture
def outsider(live_server, tmp_path):
    return Outsider(live_server.url, tmp_path)


def rewrite(*statements):
    """What a superuser can do, with every trigger off."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def subjects_entered_twice():
    """What a superuser takes away who enters an edition again; it stands there again afterwards."""
    constraint = "entry_once_per_subject"
    rewrite(f"ALTER TABLE ledger_entry DROP CONSTRAINT {constraint}")
    try:
        yield
    finally:
        rewrite(
            "DELETE FROM ledger_entry WHERE id NOT IN (SELECT min(id) FROM ledger_entry GROUP BY kind, subject)",
            f"ALTER TABLE ledger_entry ADD CONSTRAINT {constraint} UNIQUE (kind, subject)",
        )


@pytest.fixture
def superuser(transactional_db):
    """Switches the triggers off, and on again afterwards."""
    tables = {
        "register_edition": "edition_never_changes",
    } | GUARDS
    rewrite(*(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}" for table, trigger in tables.items()))
    yield rewrite
    rewrite(*(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}" for table, trigger in tables.items()))


@pytest.mark.django_db
class TestPages:
    def test_the_page_says_how_to_check(self, client, sealed):
        page = client.get("/ledger/").content.decode()
        assert "<b>2 entries</b>" in page
        assert bytes(sealed.root).hex() in page

    def test_before_anything_is_sealed_the_page_says_so(self, client):
        assert "Nothing is sealed yet" in client.get("/ledger/").content.decode()
        assert client.get("/ledger/checkpoint").status_code == 404

    def test_where_sealing_is_held_up_the_page_says_so(self, client, sealed, settings, time_machine):
        actions.enter(kind="edition", subject="9", facts={}, at=NOON)
        time_machine.move_to(NOON + timedelta(minutes=4), tick=False)
        assert "1 more waits to be sealed, within a minute" in client.get("/ledger/").content.decode()
        settings.LEDGER_ORIGIN = "another.example/ledger"
        with pytest.raises(RolledBack):
            actions.seal(at=NOON)
        actions.enter(kind="edition", subject="10", facts={}, at=NOON)
        time_machine.move_to(NOON + timedelta(minutes=6), tick=False)
        page = client.get("/ledger/").content.decode()
        assert "<b>The log is held up.</b> What we said or you chose since" in page
        assert "within a minute" not in page

    def test_where_no_worker_enters_choices_the_page_says_so_too(self, client, sealed, chooses, time_machine):
        chooses.refuses(at=NOON)
        time_machine.move_to(NOON + timedelta(minutes=6), tick=False)
        assert "<b>The log is held up.</b> What we said or you chose since" in client.get("/ledger/").content.decode()

    @pytest.mark.parametrize("path", FILES)
    def test_every_file_is_there_for_strangers(self, client, sealed, path):
        assert client.get(path).status_code == 200

    @pytest.mark.parametrize("path", FILES)
    def test_nothing_can_be_sent_there(self, client, sealed, path):
        assert client.post(path).status_code == 405

    @pytest.mark.parametrize("path", NOWHERE)
    def test_what_is_not_there_is_not_found(self, client, sealed, path):
        assert client.get(path).status_code == 404

    def test_entries_come_compressed_to_whoever_asks_for_that(self, client, sealed):
        plain, packed = (
            client.get("/ledger/tile/entries/000.p/2", headers={"Accept-Encoding": how}) for how in ("br", "br, gzip")
        )
        assert (plain.has_header("Content-Encoding"), packed["Content-Encoding"]) == (False, "gzip")
        assert gzip.decompress(packed.content) == plain.content
        assert plain["Vary"] == packed["Vary"] == "Accept-Encoding"

    def test_a_tile_may_be_kept_for_ever_and_a_checkpoint_never(self, client, sealed):
        assert "immutable" in client.get("/ledger/tile/0/000.p/2")["Cache-Control"]
        assert client.get("/ledger/checkpoint")["Cache-Control"] == "public, no-cache"


@pytest.mark.django_db(transaction=True)
class TestOutsider:
    def test_finds_everything_in_order(self, outsider, sealed):
        answer = outsider.checks("edition", "2")
        assert (answer.returncode, answer.stderr) == (0, "")
        assert "Edition 2 is entry 1, word for word" in answer.stdout

    def test_finds_the_list_that_a_pipeline_was_given(self, outsider, sealed, given):
        answer = outsider.checks("list", given)
        assert answer.stdout.endswith("The log says that pip was given this list, of choices up to 1.\n")

    def test_notices_a_list_that_was_not_given(self, outsider, sealed, given):
        number, salt, _ = given.split(":")
        assert f"The log has another list {number}." in outsider.finds_fault("list", f"{number}:{salt}:{'00' * 32}")

    def test_looking_for_the_first_time_is_told_nothing_of_before(self, outsider, sealed):
        assert outsider.checks().stdout.startswith("2 entries. They are remembered for the next look.")

    def test_is_told_each_time_what_only_a_witness_can_tell(self, outsider, sealed):
        told = outsider.checks().stdout, outsider.checks().stdout
        assert [ALONE in one for one in told] == [True, True]

    def test_says_in_a_sentence_that_there_is_no_such_edition(self, outsider, sealed):
        assert "WRONG: The log has no edition 99, or not yet." in outsider.finds_fault("edition", "99")

    def test_follows_the_log_as_it_grows(self, outsider, sealed, publish):
        outsider.checks()
        publish(register(use(stage="evaluation")))
        actions.seal(at=NOON)
        assert "3 entries. Everything that was there before is still there." in outsider.checks().stdout

    def test_notices_a_rewritten_edition(self, outsider, sealed, superuser):
        superuser("UPDATE register_edition SET document = replace(document, '13 months', '13 years') WHERE number = 1")
        assert "Edition 1 reads otherwise than entry" in outsider.finds_fault("edition", "1")

    def test_is_not_served_a_rewritten_edition_after_the_next_start(self, sealed, superuser):
        past.refuse_to_serve_the_past()
        superuser("UPDATE register_edition SET document = replace(document, '13 months', '13 years') WHERE number = 1")
        with pytest.raises(ImproperlyConfigured, match="Edition 1 is not the one that was published"):
            past.refuse_to_serve_the_past()

    def test_nor_one_whose_entry_was_rewritten_with_it(self, sealed, superuser):
        superuser(
            "UPDATE register_edition SET document = replace(document, '13 months', '13 years') WHERE number = 2",
            "UPDATE ledger_entry SET body = jsonb_set(body::jsonb, '{digest}', to_jsonb(encode(sha256(convert_to("
            "(SELECT document FROM register_edition WHERE number = 2), 'UTF8')), 'hex')))::text WHERE subject = '2'",
        )
        with pytest.raises(ImproperlyConfigured, match="Edition 2 is not the one that was published"):
            past.refuse_to_serve_the_past()

    def test_notices_a_log_that_was_made_anew(self, outsider, sealed, superuser, settings, tmp_path):
        outsider.checks()
        superuser(*ALL_TO_SEAL_ANEW, "UPDATE ledger_entry SET body = replace(body, 'approvals\":1', 'approvals\":2')")
        settings.LEDGER_DIR = tmp_path / "another"
        actions.seal(at=NOON)
        assert "entries were rewritten" in outsider.finds_fault()

    def test_notices_that_entries_were_taken_away(self, outsider, sealed, superuser, settings, tmp_path):
        outsider.checks()
        superuser(*LAST_LOST)
        settings.LEDGER_DIR = tmp_path / "another"
        actions.seal(at=NOON)
        assert "Entries were taken away" in outsider.finds_fault()

    def test_notices_a_flipped_bit_in_a_tile(self, outsider, sealed):
        place = queries.published().folder / "tile/0/000.p/2"
        place.write_bytes(place.read_bytes()[:-1] + b"\0")
        assert "do not give the root that was signed" in outsider.finds_fault()

    def test_reads_every_file_bit_for_bit(self, outsider, sealed):
        assert "2 files are those of the signed tree, bit for bit." in outsider.checks("files").stdout
        assert outsider.checks("files", "older").returncode == 0

    def test_notices_a_flipped_bit_in_a_file_of_entries(self, outsider, sealed):
        place = queries.published().folder / "tile/entries/000.p/2"
        place.write_bytes(place.read_bytes()[:-1] + b"\0")
        assert outsider.checks().returncode == 0
        assert "is not as signed" in outsider.finds_fault("files")

    def test_notices_another_key(self, outsider, sealed, settings):
        outsider.checks()
        settings.LEDGER_KEYS = ["A" * 43 + "="]
        assert outsider.checks().returncode == 0  # the checkpoint of before is still signed by the old key
        actions.enter(kind="edition", subject="9", facts={}, at=NOON)
        actions.seal(at=NOON)
        assert "not signed by the key of this log" in outsider.finds_fault()

    def test_accepts_a_new_key_that_the_old_one_signed_beside(self, outsider, sealed, settings):
        outsider.checks()
        old = settings.LEDGER_KEYS
        for number, keys in enumerate(([*old, "A" * 43 + "="], ["A" * 43 + "="]), 3):
            settings.LEDGER_KEYS = keys
            actions.enter(kind="edition", subject=str(number), facts={}, at=NOON)
            actions.seal(at=NOON)
            assert outsider.checks().returncode == 0

    def test_reads_on_from_the_entry_that_was_read_last(self, outsider, sealed, publish):
        assert "Entries up to 1 fit each other" in outsider.checks("entries", "1").stdout
        assert "Entries up to 2 fit each other, and the editions" in outsider.checks("entries").stdout
        publish(register(use(stage="evaluation")))
        actions.seal(at=NOON)
        assert "Entries up to 3 fit each other" in outsider.checks("entries").stdout

    def test_notices_an_edition_that_stands_in_the_log_twice(self, outsider, sealed, superuser):
        outsider.checks("entries")
        with subjects_entered_twice():
            actions.enter(kind="edition", subject="1", facts={"digest": "00" * 32}, at=NOON)
            actions.seal(at=NOON)
            assert outsider.checks("edition", "2").returncode == 0
            told = "Edition 1 stands in the log twice, as entries 0 and 2."
            assert told in outsider.finds_fault("entries")
            assert told in outsider.finds_fault("entries")

    def test_notices_an_entry_of_an_edition_that_reads_otherwise(self, outsider, sealed, superuser):
        superuser("UPDATE register_edition SET document = replace(document, '13 months', '13 years') WHERE number = 2")
        assert "Edition 2 reads otherwise than entry" in outsider.finds_fault("entries")

    def test_notices_an_edition_that_was_rewritten_after_its_entry_was_read(self, outsider, sealed, superuser):
        assert outsider.checks("entries").returncode == 0
        superuser("UPDATE register_edition SET document = replace(document, '13 months', '13 years') WHERE number = 1")
        assert "Edition 1 reads otherwise than entry" in outsider.finds_fault("entries")

    def test_notices_an_entry_of_an_edition_that_nobody_can_read(self, outsider, sealed):
        actions.enter(kind="edition", subject="3", facts={"digest": "00" * 32}, at=NOON)
        actions.seal(at=NOON)
        assert "/editions/3.json can't be read" in outsider.finds_fault("entries")

    @pytest.mark.parametrize(("first", "last"), [(1, 9), (4, 9), (12, 20)])
    def test_notices_choices_that_stand_in_the_log_twice_or_never(self, outsider, sealed, first, last):
        for number, (one, other) in enumerate([(1, 10), (first, last)]):
            facts = {"first": one, "last": other, "root": "00" * 32}
            actions.enter(kind="choices", subject=str(number), facts=facts, at=NOON)
        actions.seal(at=NOON)
        assert "Choices up to 10 were entered, and entry 3 doesn't go on" in outsider.finds_fault("entries")

    @pytest.fixture
    def walts_line(self, sealed):
        """What Walt the witness, whom nobody asked here, signed at noon under the newest checkpoint."""
        line = WALT.line(read_checkpoint(sealed.note.partition("\n\n")[0] + "\n").body, int(NOON.timestamp()))
        return Cosignature.objects.create(checkpoint=sealed, witness=WALT.name, line=line, signed_at=NOON)

    def test_says_which_witness_signed_too(self, outsider, walts_line):
        told = outsider.checks("--witness", str(WALT.verifier), "--witness", str(WANDA.verifier)).stdout
        assert f"walt.example signed them too, on {NOON:%Y-%m-%d at %H:%M} UTC." in told
        assert "wanda.example did not sign them, or not yet." in told

    def test_notices_what_a_witness_did_not_sign(self, outsider, walts_line):
        Cosignature.objects.update(line=WALT.line("another.example/ledger\n", int(NOON.timestamp())))
        told = outsider.finds_fault("--witness", str(WALT.verifier))
        assert "The signature of walt.example is not over this checkpoint." in told

    def test_takes_no_witness_for_the_log(self, outsider, walts_line):
        assert "is no key of a log" in outsider.finds_fault("--key", str(WALT.verifier))

    def test_as_a_witness_signs_what_was_seen(self, outsider, sealed, tmp_path):
        (tmp_path / "key").write_text("A" * 43 + "=")
        assert outsider.checks("witness", str(tmp_path / "key"), "--once").returncode == 0
        assert "witness.example" in json.loads((tmp_path / "seen.json").read_text())["cosigned"]


@pytest.mark.django_db(transaction=True)
class TestReceipt:
    """A member's own receipt, checked by the script that needs nothing of ours."""

    @pytest.fixture
    def saved(self, sealed, mia, client, tmp_path):
        """Mia refuses something; it is entered and sealed; she saves the receipt."""
        choice = choose(
            member=mia.member_key, scope="all", decision=Decision.REFUSE, origin=Origin.PAGE, edition=0, at=LATER
        )
        proofs.enter_choices(at=LATER)
        actions.seal(at=LATER)
        client.force_login(mia)
        place = tmp_path / "receipt.json"
        place.write_bytes(client.get(f"/receipts/{choice.reference}.json").content)
        return place

    def test_is_shown_to_be_in_the_log(self, outsider, saved):
        assert "Your choice (refuse all) is entry 2, exactly as" in outsider.checks("receipt", str(saved)).stdout

    def test_that_says_something_else_is_noticed(self, outsider, saved):
        saved.write_text(saved.read_text().replace('\\"refuse\\"', '\\"allow\\"'))
        assert "the receipt was changed" in outsider.finds_fault("receipt", str(saved))

    def test_that_reads_otherwise_than_what_it_proves_is_noticed(self, outsider, saved):
        saved.write_text(saved.read_text().replace('"decision": "refuse"', '"decision": "allow"'))
        assert "says one thing and proves another" in outsider.finds_fault("receipt", str(saved))

    def test_that_names_an_entry_of_something_else_is_noticed(self, outsider, saved):
        saved.write_text(saved.read_text().replace('"entry": 2', '"entry": 0'))
        assert "Entry 0 is of other choices than this one." in outsider.finds_fault("receipt", str(saved))

    @pytest.mark.parametrize(
        ("content", "said"), [("{", "JSONDecodeError"), ("{}", "KeyError: 'proof'"), ("[]", "TypeError")]
    )
    def test_that_is_none_is_not_read(self, outsider, saved, content, said):
        saved.write_text(content)
        assert f"Something can't be read, {said}" in outsider.finds_fault("receipt", str(saved))

    def test_without_the_package_it_needs_the_program_says_which(self):
        told = subprocess.run([sys.executable, "-IS", SCRIPT], capture_output=True, text=True, check=False)
        assert (told.returncode, "needs the package cryptography" in told.stderr) == (1, True)

    @pytest.mark.parametrize(
        ("minutes", "words"),
        [(0, "Not yet. It will be within a minute"), (6, "<b>Not yet, and it should be by now.</b>")],
    )
    def test_of_a_choice_that_is_not_sealed_yet_says_so(self, client, sealed, mia, time_machine, minutes, words):
        time_machine.move_to(LATER + timedelta(minutes=minutes), tick=False)
        choice = choose(
            member=mia.member_key, scope="all", decision=Decision.REFUSE, origin=Origin.PAGE, edition=0, at=LATER
        )
        client.force_login(mia)
        assert words in client.get(f"/receipts/{choice.reference}/").content.decode()
