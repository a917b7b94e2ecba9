"""Names from catalogs as staff read them: characters that turn the text after them round are spelt out.

A table may be called ``live_<U+202E>erols``, and then whatever stands beside it reads backwards: the sentence by which
somebody decides, too. What members read was spelt out before it came to them (``config/chain.py``).
"""

import re

from django.http import HttpResponse
from django.http.response import HttpResponseBase

# In UTF-8: U+202A to U+202E, U+2066 to U+2069. U+200E and U+200F turn nothing round, and Arabic and Hebrew need them.
_TURNING = rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]"
_TURNS = re.compile(_TURNING)
# What is sent back as it stands (an attribute, a field of several lines) stays as it is.
_SENT_BACK = rb"<textarea\b.*?</textarea>|<[^>]*>"
_PIECE = re.compile(_SENT_BACK + rb"|" + _TURNING, re.DOTALL)


def spelt_out(answer: HttpResponseBase) -> HttpResponseBase:
    """The page with each such character in its text spelt out, e.g. ``[U+202E]``; any other answer as it is."""
    if not isinstance(answer, HttpResponse) or not answer.get("Content-Type", "").startswith("text/html"):
        return answer
    if _TURNS.search(answer.content):
        answer.content = _PIECE.sub(_piece, answer.content)
    return answer


def _piece(found: re.Match[bytes]) -> bytes:
    piece = found[0]
    return piece if piece.startswith(b"<") else f"[U+{ord(piece.decode()):04X}]".encode()
