"""The overview's table and picture: every use in its place, however deep or large the register is."""

from datetime import timedelta

import msgspec
import pytest

from tests.register.builders import NOON, category, feature, register, register_of, use
from transparency.members.matrix import matrix
from transparency.members.picture import pictures
from transparency.members.reading import Reading
from transparency.register.schema import Register

GROUP = category("communications", name="What you write")
MESSAGES = category("communications.messages", parent="communications")
VOICE = category("communications.messages.voice", parent="communications.messages", name="Voice messages")


def read(said):
    """A register as it is after it was published and read again."""
    return Reading(msgspec.convert(msgspec.to_builtins(said), Register), 1)


def reading(*uses, categories=(GROUP, MESSAGES, VOICE)):
    return read(register(*uses, categories=categories))


def cells(table):
    return {
        (category.key, feature.slug): cell
        for _, rows in table.parts
        for category, row in rows
        for feature, cell in row
        if cell
    }


def test_a_kind_three_levels_deep_stands_in_its_group():
    ((group, rows),) = matrix(reading(use(VOICE.key))).parts
    assert (group.key, [one.key for one, _ in rows]) == ("communications", [VOICE.key])


def test_a_group_that_is_used_as_a_whole_has_a_row_of_its_own():
    ((_, rows),) = matrix(reading(use(GROUP.key), use(VOICE.key))).parts
    assert [one.key for one, _ in rows] == [GROUP.key, VOICE.key]


def test_a_cell_says_all_stages_and_leads_to_the_one_that_trains():
    found = cells(matrix(reading(*(use(stage=s) for s in ("evaluation", "inference", "fine_tuning")))))
    (cell,) = found.values()
    assert (cell.trains, cell.serves, cell.tests, cell.stage) == (True, True, True, "fine_tuning")


def test_a_cell_of_a_use_on_the_site_does_not_train():
    (cell,) = cells(matrix(reading(use(stage="inference")))).values()
    assert (cell.trains, cell.serves, cell.stage) == (False, True, "inference")


def test_a_feature_without_uses_has_no_column():
    said = register(features=(feature(), feature("people-nearby", name="People nearby")))
    assert [one.slug for _, members in matrix(read(said)).heads for one in members] == ["job-ranking"]


def test_of_a_large_register_every_use_is_there():
    large = read(register_of(40, 60, 1000))
    assert cells(matrix(large)).keys() == {(one.category, one.feature) for one in large.register.uses}


def test_the_picture_of_a_large_register_is_no_taller_than_a_screen_or_two():
    assert max(picture.height for picture in pictures(read(register_of(40, 60, 1000)))) < 2_500


def test_an_empty_register_can_be_drawn():
    assert [picture.bands for picture in pictures(read(Register()))] == [[], []]


@pytest.mark.django_db
def test_a_deep_kind_is_counted_on_the_page_of_its_group(client, publish, time_machine):
    publish(register(use(VOICE.key), categories=(GROUP, MESSAGES, VOICE)))
    time_machine.move_to(NOON + timedelta(hours=20), tick=False)
    assert "It feeds 1 AI feature" in client.get("/categories/communications/").content.decode()
