"""An edition never changes, and its digest proves it."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from django.db import IntegrityError, connection

from tests.register.builders import NOON, category, register, use
from transparency.ledger import queries as ledger
from transparency.register import queries
from transparency.register.actions import Conflict, Invalid
from transparency.register.documents import canonical, digest, in_order
from transparency.register.models import Edition
from transparency.register.schema import Register

pytestmark = pytest.mark.django_db


def test_publication_freezes_the_register(publish):
    edition = publish(register())
    assert (edition.number, queries.document(edition).register, queries.verify(edition)) == (1, register(), True)


def test_the_summary_says_what_changed(publish):
    publish(register())
    edition = publish(register(use(), use(stage="inference")))
    assert edition.summary == ["Job recommendations now uses Private messages while you are on the site."]


def test_an_edition_cannot_be_edited(publish):
    publish(register())
    with pytest.raises(IntegrityError, match="An edition never changes"):
        Edition.objects.update(approver="Somebody else")


def test_an_edition_cannot_be_deleted(publish):
    publish(register())
    with pytest.raises(IntegrityError, match="An edition never changes"):
        Edition.objects.all().delete()


def test_the_table_cannot_be_emptied(publish):
    publish(register())
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="An edition never changes"):
        cursor.execute("TRUNCATE register_edition")


def test_without_the_trigger_a_rewritten_edition_shows_in_its_digest(publish):
    publish(register())
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE register_edition DISABLE TRIGGER edition_never_changes")
        cursor.execute("UPDATE register_edition SET document = replace(document, '13 months', '13 years')")
    assert not queries.verify(Edition.objects.get())


def test_what_was_written_against_an_older_edition_is_refused(publish):
    publish(register())
    with pytest.raises(Conflict, match="written against edition 0, but edition 1 is the newest"):
        publish(register(), base=0)


def test_nobody_approves_what_they_wrote(publish):
    with pytest.raises(Invalid, match="Otto wrote a part of it"):
        publish(register(), approver="Otto")


def test_an_edition_cannot_hold_from_the_past(publish):
    with pytest.raises(Invalid, match="a moment that is past"):
        publish(register(), effective_at=NOON - timedelta(seconds=1))


@pytest.mark.parametrize("day", [NOON + timedelta(days=732), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)])
def test_none_holds_so_late_that_no_other_could_hold_before(publish, day):
    with pytest.raises(Invalid, match=r"no later edition before that\. Choose 24 November 2028 or earlier"):
        publish(register(), effective_at=day)
    assert publish(register(), effective_at=NOON + timedelta(days=731)).number == 1


def test_a_register_with_faults_is_refused_and_nothing_is_written(publish):
    with pytest.raises(Invalid, match="no AI feature “ghost”"):
        publish(register(use(feature="ghost")))
    assert Edition.objects.count() == 0


def test_a_scheduled_edition_is_in_force_from_its_day(publish):
    publish(register())
    publish(register(use(retention="1 month")), effective_at=NOON + timedelta(days=10))
    assert queries.edition_in_force(NOON + timedelta(days=9)).number == 1
    assert queries.edition_in_force(NOON + timedelta(days=10)).number == 2
    assert [edition.number for edition in queries.scheduled(NOON + timedelta(days=9))] == [2]


def test_before_the_first_edition_nothing_is_said():
    assert queries.register_in_force(NOON) == Register()


def test_the_same_content_gives_the_same_bytes_in_another_process(publish):
    content = register(use(), use(stage="inference"), categories=(category("b", name="Ü"), category()))
    program = (
        "from tests.register.builders import *; from transparency.register.documents import *;"
        "print(digest(canonical(in_order(register(use(stage='inference'), use(),"
        " categories=(category(), category('b', name='Ü')))))))"
    )
    elsewhere = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Kathmandu", "LC_ALL": "C"}
    command = [sys.executable, "-c", "import django; django.setup();" + program]
    env = elsewhere | {"DJANGO_SETTINGS_MODULE": "transparency.config.settings"}
    printed = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == digest(canonical(in_order(content)))


def by_the_standard(document):
    """Canonical JSON (RFC 8785) as whoever has only its text would write it; editions hold no fractions."""
    return json.dumps(json.loads(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def test_its_document_is_canonical_json_and_its_digest_is_of_just_that(publish):
    edition = publish(register(use(why_needed='“Größe” </script> \U0001f600 \\ " /')))
    assert edition.document == by_the_standard(edition.document)
    assert edition.digest == sha256(by_the_standard(edition.document).encode()).hexdigest()


def test_an_edition_is_entered_in_the_public_log_without_a_name(publish):
    edition = publish(register())
    entered = ledger.entry("edition", "1")
    assert json.loads(entered.body)["digest"] == edition.digest
    assert entered.body == by_the_standard(entered.body)
    assert "Otto" not in entered.body
