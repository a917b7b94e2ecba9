"""What the schema says of a value that it can't take, in words for whoever wrote the value. Pure."""

import re

WORDS = (
    (r"Expected `str` of length <= (\d+)", r"It may have \1 characters"),
    (r"Expected `array` of length <= (\d+)", r"There may be \1 of them"),
    (r"Expected `(?:str|array)` of length >= \d+", r"It can’t be empty"),
    (r"Expected `str` matching regex .*", r"It is not in the form that is asked for here"),
    (r"Expected `str`, got .*", r"A text belongs here"),
    (r"Expected `array`, got .*", r"Several belong here, as a list"),
    (r"Expected `datetime` .*|Expected `datetime`, got .*", r"A time with its time zone belongs here"),
    (r"Expected `object`, got .*", r"A record belongs here"),
    (r"Expected `bool`, got .*", r"It is yes or no"),
    (r"Invalid enum value ['\"](.*)['\"]", r"“\1” is none of those to choose from"),
    (r"Object missing required field `(\w+)`", r"“\1” is missing"),
)


def told(fault: object) -> tuple[str, str]:
    """A sentence, and the path to the value: ``scopes[0].legal_basis``, or nothing where it is about the whole."""
    message, _, path = str(fault).partition(" - at `$")
    for said, words in WORDS:
        if found := re.fullmatch(said, message):
            message = found.expand(words)
            break
    return f"{message}.", path.lstrip(".").rstrip("`")
