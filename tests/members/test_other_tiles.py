"""A site that gives an outsider other tiles than those it signed: in a log of several, the root covers each of them."""

import json
from hashlib import sha256

import pytest

from tests.ledger.tampering import ALL_TO_SEAL_ANEW
from tests.members.test_ledger import outsider, sealed, superuser  # noqa: F401 - fixtures
from tests.register.builders import NOON
from transparency.ledger import actions, queries
from transparency.ledger.merkle import leaf_hash
from transparency.ledger.models import Entry
from transparency.ledger.tiles import HASH, bundle, unbundle
from transparency.register.models import Edition

pytestmark = pytest.mark.django_db(transaction=True)


def enter(*numbers):
    """Facts of no matter what kind, and a seal over all of them."""
    Entry.objects.bulk_create(
        Entry(kind="fact", subject=str(one), body=f'{{"kind":"fact","subject":"{one}"}}', recorded_at=NOON)
        for one in numbers
    )
    actions.seal(at=NOON)


def tell(path, change):
    """Publish something else at this address."""
    place = queries.published().folder / path
    place.write_bytes(change(place.read_bytes()))


def with_leaf(index, leaf):
    return lambda data: data[: index * HASH] + leaf + data[(index + 1) * HASH :]


def with_entry(index, entry):
    return lambda data: bundle([*unbundle(data)[:index], entry, *unbundle(data)[index + 1 :]])


def test_an_entry_that_was_never_signed_is_noticed(outsider, sealed, superuser):  # noqa: F811
    enter(*range(300))
    superuser("UPDATE register_edition SET document = replace(document, '13 months', '13 years') WHERE number = 1")
    facts = json.loads(unbundle(queries.published().read("tile/entries/000"))[0])
    digest = sha256(Edition.objects.get(number=1).document.encode()).hexdigest()
    forged = json.dumps(facts | {"digest": digest}).encode()
    tell("tile/entries/000", with_entry(0, forged))
    tell("tile/0/000", with_leaf(0, leaf_hash(forged)))
    assert "Tile 0/0 is not the one that the signed tree holds" in outsider.finds_fault("edition", "1")


def test_a_rewritten_log_is_noticed_behind_the_tile_of_before(outsider, sealed, superuser, settings, tmp_path):  # noqa: F811
    enter(*range(298))
    assert "300 entries." in outsider.checks().stdout
    before = queries.published().read("tile/0/001.p/44")[:HASH]
    superuser(*ALL_TO_SEAL_ANEW, "UPDATE ledger_entry SET body = '{}' WHERE subject = '254' AND kind = 'fact'")
    settings.LEDGER_DIR = tmp_path / "another"
    enter(*range(298, 598))
    assert queries.published().read("tile/0/001")[:HASH] != before
    tell("tile/0/001", with_leaf(0, before))
    assert "Tile 0/1 is not the one that the signed tree holds" in outsider.finds_fault()
