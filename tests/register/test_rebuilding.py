"""Every published byte can be made again: by another process, in another place, from what is stored (P-26)."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from tests.register.builders import category, correction, feature, policy, register, use
from transparency.accounts.models import HistoryEntry
from transparency.register import diff, rebuilding
from transparency.register.diff import changes
from transparency.register.exports.formats import FORMATS
from transparency.register.models import Edition, EditionSince

ELSEWHERE = [
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0"},
    {"PYTHONHASHSEED": "4242", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8"},
]
UNUSUAL = category("work.skills", name="Zażółć gęślą: ﬁ, İıI, e\u0301, 🜁", examples=("ß", "ẞ", "ı"))


@pytest.fixture
def editions(publish):
    """Three editions: what was said, more of it in another order, and a correction."""
    publish(register(policies=(policy(),)))
    more = (use(stage="inference", retention="ein Jahr"), use(), use("work.skills", stage="evaluation"))
    said = {"categories": (UNUSUAL, category()), "features": (feature("search", name="Suche"), feature())}
    publish(register(*more, **said, policies=(policy(),)))
    publish(register(*more, **said, policies=(policy(),), corrections=(correction(),)))


def rebuilt_in(elsewhere):
    """What the command says in a process of its own, in those surroundings."""
    own = {"DJANGO_SETTINGS_MODULE": "tests.worker_settings", "TESTS_MAILS": "", "PYTHONIOENCODING": "utf-8"}
    env = os.environ | own | {"TESTS_DATABASE": connection.settings_dict["NAME"]} | elsewhere
    command = [sys.executable, "manage.py", "rebuild_published", "--files"]
    run = subprocess.run(command, env=env, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout.splitlines()


def served(client, path):
    return f"{path} {hashlib.sha256(client.get(path).getvalue()).hexdigest()}"


@pytest.mark.django_db(transaction=True)
def test_other_processes_make_the_bytes_that_are_served(client, editions):
    everything = [
        line
        for one in Edition.objects.order_by("number")
        for line in (
            f"{one.number} {hashlib.sha256(one.document.encode()).hexdigest()} as published",
            *(served(client, form.address(one.number)) for form in FORMATS),
        )
    ]
    assert rebuilt_in(ELSEWHERE[0]) == everything
    assert rebuilt_in(ELSEWHERE[1]) == everything


@pytest.fixture
def by_hand(publish):
    """Runs a statement on the first edition and its entry, as somebody could who owns the database."""
    publish(register())
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE register_edition DISABLE TRIGGER edition_never_changes")
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER entry_never_changes")
        yield cursor.execute
        cursor.execute("ALTER TABLE register_edition ENABLE TRIGGER edition_never_changes")
        cursor.execute("ALTER TABLE ledger_entry ENABLE TRIGGER entry_never_changes")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE register_edition SET document = replace(document, '13 months', '13 years')", "its digest"),
        ("UPDATE register_edition SET document = replace(document, '{', '{ ')", "its bytes"),
        ("UPDATE register_edition SET digest = repeat('0', 64)", "its digest, its digest in the public log"),
        ("UPDATE register_edition SET approver = 'Somebody else'", "its approver"),
        ("UPDATE register_edition SET summary = '[]'", "its summary"),
        ("UPDATE register_edition SET effective_at = effective_at + interval '1 second'", "its effective at"),
        ("UPDATE ledger_entry SET subject = '9' WHERE kind = 'edition'", "its digest in the public log"),
    ],
)
def test_what_was_rewritten_by_hand_is_named(by_hand, capsys, statement, told):
    by_hand(statement)
    with pytest.raises(CommandError, match="Not what was published: edition 1"):
        call_command("rebuild_published")
    assert f"differs: {told}\n" in capsys.readouterr().out


@pytest.mark.django_db
def test_one_edition_is_asked_for_by_its_number(publish, capsys):
    publish(register())
    publish(register(use(retention="1 month")))
    call_command("rebuild_published", 2)
    assert capsys.readouterr().out.startswith("2 ")
    with pytest.raises(CommandError, match="There is no edition 3"):
        call_command("rebuild_published", 3)


@pytest.mark.django_db
def test_what_is_kept_beside_an_edition_is_put_right_by_command(publish, capsys):
    publish(register())
    publish(register(use(retention="13 years")))
    right = list(EditionSince.objects.order_by("edition").values())
    EditionSince.objects.filter(edition=2).update(uses={}, changes=[])
    EditionSince.objects.filter(edition=1).delete()
    call_command("rebuild_published", "--beside")
    assert "What is kept beside edition 2 was worked out anew.\n" in capsys.readouterr().out
    assert list(EditionSince.objects.order_by("edition").values()) == right
    assert HistoryEntry.objects.first().after == {"wrong": [1, 2]}


@pytest.mark.django_db
def test_a_release_that_chose_other_words_blames_no_edition(publish, monkeypatch):
    publish(register())
    publish(register(use(retention="13 years")))
    monkeypatch.setattr(diff, "changes", lambda *both: [replace(one, sentence="Else.") for one in changes(*both)])
    assert list(rebuilding.parts()) == [(1, []), (2, [])]


@pytest.mark.django_db
def test_what_starts_asks_of_editions_that_hold_or_wait_whether_all_beside_them_follows(publish):
    publish(register())
    publish(register(use(retention="13 years")))
    publish(register(use(retention="14 years")), effective_at=timezone.now() + timedelta(days=40))
    EditionSince.objects.update(uses={})
    assert [fault.split(",")[0] for fault in rebuilding.at_start(timezone.now())] == [
        "What is kept beside edition 2",
        "What is kept beside edition 3",
    ]
