"""What turns text round is spelt out where staff read it, and sent back as it was."""

import pytest
from django.http import HttpResponse, JsonResponse

from transparency.staff.spelt import spelt_out

EVIL = "live_\u202eerols"


@pytest.mark.parametrize(
    ("told", "read"),
    [
        (f"<p>{EVIL}</p>", "<p>live_[U+202E]erols</p>"),
        (f"<text>{EVIL}</text> \u2066", "<text>live_[U+202E]erols</text> [U+2066]"),
        (f'<input value="{EVIL}">', f'<input value="{EVIL}">'),
        (f"<textarea rows=2>{EVIL}</textarea>{EVIL}", f"<textarea rows=2>{EVIL}</textarea>live_[U+202E]erols"),
        ("<p>“عام\u200f” – ‰</p>", "<p>“عام\u200f” – ‰</p>"),
    ],
)
def test_it_is_spelt_out_where_it_is_read(told, read):
    assert spelt_out(HttpResponse(told)).content.decode() == read


def test_what_is_no_page_stays_as_it_is():
    told = JsonResponse({"name": EVIL}, json_dumps_params={"ensure_ascii": False})
    assert EVIL in spelt_out(told).content.decode()
