"""What the pages of signing in draw."""

from dataclasses import dataclass

from django import template
from qrcode.main import QRCode

register = template.Library()
QUIET = 4  # modules of white around the code, as its standard asks


@dataclass(frozen=True)
class Code:
    """A QR code: the side of its square, and the path of its dark modules, in units of one module."""

    size: int
    path: str


@register.simple_tag
def qr(text: str) -> Code:
    """The text as a QR code. Drawn here because the policy of our pages allows no pictures from ``data:``."""
    code = QRCode(border=QUIET)
    code.add_data(text)
    rows = code.get_matrix()
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return Code(len(rows), "".join(dark))
