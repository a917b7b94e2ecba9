import pytest

from transparency.catalog.untrusted import clean_json, clean_name, clean_text, shortened, visible


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain", "plain"),
        ("a\x1b[31mb", "a\ufffd[31mb"),
        ("a\nb", "a\ufffdb"),
        ("a\u2028b", "a\ufffdb"),
        ("a\x85b", "a\ufffdb"),
        ("a\ufffeb", "a\ufffdb"),
        ("a\U000e0041b", "a\ufffdb"),
        ("a\ud800b", "a\ufffdb"),
        ("cafe\u0301", "café"),
        ("invoice\u202egpj.exe", "invoice\u202egpj.exe"),
        ("<script>{{7*7}}", "<script>{{7*7}}"),
    ],
)
def test_a_name_is_kept_without_characters_that_do_harm(text, kept):
    assert clean_name(text) == kept


def test_running_text_keeps_its_lines():
    assert clean_text("one\n\ttwo\x07") == "one\n\ttwo\ufffd"


def test_json_is_cleaned_at_every_depth():
    assert clean_json({"a\x07": ["b\x07", 1, None]}) == {"a\ufffd": ["b\ufffd", 1, None]}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("invoice\u202egpj.exe", "invoice[U+202E]gpj.exe"),
        ("\u2066x\u2069", "[U+2066]x[U+2069]"),
        ("a\u200bb", "a[U+200B]b"),
        ("a\x00b", "a[U+0000]b"),
        ("naïve 語", "naïve 語"),
    ],
)
def test_what_hides_or_turns_text_is_spelt_out(text, shown):
    assert visible(text) == shown


def test_a_value_in_a_message_is_short():
    assert shortened("x" * 1_000) == "x" * 63 + "…"


def test_a_value_in_a_message_stays_on_its_line():
    assert shortened("a\nb\x1b") == "a\\nb[U+001B]"
