"""Each table is one that workers write or one that they only read: nobody forgets to say which."""

from django.apps import apps

from transparency.config import grants


def test_every_table_stands_on_one_side():
    tables = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    assert tables == grants.WRITTEN.keys() | grants.SAID


def test_no_table_stands_on_both_sides():
    assert not grants.WRITTEN.keys() & grants.SAID


def test_every_column_that_is_named_is_one():
    for label, rights in grants.WRITTEN.items():
        columns = {field.column for field in apps.get_model(label)._meta.concrete_fields}
        named = {one.strip() for right in rights if "(" in right for one in right.partition("(")[2][:-1].split(",")}
        assert named <= columns, label
