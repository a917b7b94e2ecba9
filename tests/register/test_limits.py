"""What the schema refuses is told in words that say what to do."""

import msgspec
import pytest

from tests.register.builders import use
from transparency.register.limits import told
from transparency.register.schema import Use

GOOD = msgspec.to_builtins(use())


@pytest.mark.parametrize(
    ("wrong", "words", "path"),
    [
        ({"retention": "x" * 201}, "It may have 200 characters.", "retention"),
        ({"retention": 7}, "A text belongs here.", "retention"),
        ({"stage": "trainnig"}, "“trainnig” is none of those to choose from.", "stage"),
        ({"scopes": []}, "It can’t be empty.", "scopes"),
        ({"safeguards": ["x"] * 21}, "There may be 20 of them.", "safeguards"),
        ({"effective_from": "1 March"}, "It is not in the form that is asked for here.", "effective_from"),
        ({"necessary": "perhaps"}, "It is yes or no.", "necessary"),
        ({"scopes": [{}]}, "“jurisdictions” is missing.", "scopes[0]"),
    ],
)
def test_a_value_that_the_schema_refuses(wrong, words, path):
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(GOOD | wrong, Use)
    assert told(refused.value) == (words, path)


def test_what_nobody_foresaw_is_told_as_it_is():
    assert told(ValueError("It is odd")) == ("It is odd.", "")
