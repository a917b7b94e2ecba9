"""``manage.py export``: any edition, in any format, as the site would give it."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.register.builders import NOON, register, use
from transparency.register import files, queries
from transparency.register.exports.formats import BY_KEY, FORMATS

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_editions(publish, time_machine):
    publish(register())
    publish(register(use(), use(stage="inference")))
    time_machine.move_to(NOON.replace(day=26), tick=False)


@pytest.mark.parametrize("form", FORMATS, ids=lambda one: one.key)
def test_the_edition_in_force_is_written_as_the_site_has_it(two_editions, tmp_path, form):
    call_command("export", form.key, output=tmp_path / "it")
    assert (tmp_path / "it").read_bytes() == files.whole(queries.edition(2), form).body


def test_an_earlier_edition_is_written_as_it_was(two_editions, tmp_path):
    call_command("export", "edition", "--edition=1", f"--output={tmp_path / 'it'}")
    assert json.loads((tmp_path / "it").read_bytes())["number"] == 1


def test_without_a_file_it_is_told_to_whoever_asked(two_editions, capfdbinary):
    call_command("export", "training-summary")
    assert capfdbinary.readouterr().out.startswith(b"# Public summary of training content")


@pytest.mark.parametrize("number", [9, 0, -1, 10**30])
def test_an_edition_that_there_is_not(two_editions, number):
    with pytest.raises(CommandError, match=f"There is no edition {number}"):
        call_command("export", "csv", edition=number)


def test_before_the_first_edition_there_is_nothing_to_write():
    with pytest.raises(CommandError, match="No edition is in force yet"):
        call_command("export", "csv")


def test_a_format_that_there_is_not_is_answered_with_those_that_there_are(two_editions):
    with pytest.raises(CommandError, match="invalid choice: 'pdf'"):
        call_command("export", "pdf")


def test_a_file_that_can_not_be_written(two_editions, tmp_path):
    with pytest.raises(CommandError, match="can't be written: No such file"):
        call_command("export", "csv", output=tmp_path / "nowhere" / "it")


def test_what_was_written_for_an_edition_is_of_that_very_text(two_editions):
    first, second = (files.whole(queries.edition(number), BY_KEY["dpv"]).body for number in (1, 2))
    assert b"/inference/" in second
    assert b"/inference/" not in first


@pytest.mark.parametrize("form", FORMATS, ids=lambda one: one.key)
def test_the_readme_names_every_format(form, settings):
    line = f"| `{form.key}` | `{form.address(0).replace('/editions/0/', '').replace('0.json', '<n>.json')}` |"
    assert line in (settings.BASE_DIR / "README.md").read_text()
