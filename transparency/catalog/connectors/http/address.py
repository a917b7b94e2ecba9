"""Which catalog is asked, and the token that it is shown."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from transparency.catalog.connectors.base import SourceUnreadable
from transparency.outward.destinations import Destination, Forbidden, destination, found_in

PREFIX = "CATALOG_TOKEN_"
NAME = re.compile(r"[A-Z0-9_]{1,40}")
LONGEST_TOKEN = 16_384
PRINTABLE = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Address:
    """The root of a catalog's API. ``token`` is shown to it and to nobody else; it never appears in a message."""

    root: Destination
    token: str = field(default="", repr=False)
    token_name: str = ""


def root_of(url: str, *, hosts: Collection[str], private: Collection[str]) -> Destination:
    """Where the catalog at ``url`` is. Raises ``Forbidden``, in words.

    Operators list whom we may ask: ``hosts`` in the public network over https, ``private`` ones in the own network,
    where http will do.
    """
    if not url.startswith(("https://", "http://")):
        raise Forbidden("The address of a catalog begins with https://, e.g. https://catalog.example.")
    root = destination(url.rstrip("/"), private, "CATALOG_PRIVATE_HOSTS")
    if not root.trusted and not found_in(root.host, root.port, hosts):
        raise Forbidden("No operator lists this host in CATALOG_HOSTS or CATALOG_PRIVATE_HOSTS.")
    if urlsplit(url).query:
        raise Forbidden("The address of a catalog has no “?”.")
    return root


def token_called(name: str, variables: Mapping[str, str]) -> str:
    """The token of that name; empty where none is asked for. Raises ``SourceUnreadable``, in words.

    ``CATALOG_TOKEN_X``, or the file that ``CATALOG_TOKEN_X_FILE`` names, holds the token called X. No other variable is
    read, so nobody can make us send another secret somewhere.
    """
    if not name:
        return ""
    if not NAME.fullmatch(name):
        raise SourceUnreadable("The name of a token has capitals, figures and “_” only, 40 at most.")
    variable = PREFIX + name
    token = variables.get(variable, "").strip() or _in_file(f"{variable}_FILE", variables)
    if not token:
        raise SourceUnreadable(f"There is no token: neither {variable} nor {variable}_FILE is set where workers run.")
    if not PRINTABLE.fullmatch(token) or len(token) > LONGEST_TOKEN:
        raise SourceUnreadable(f"{variable} holds something that is no token: spaces, line breaks, or too much.")
    return token


def _in_file(variable: str, variables: Mapping[str, str]) -> str:
    path = variables.get(variable, "").strip()
    if not path:
        return ""
    try:
        with Path(path).open() as file:
            return file.read(LONGEST_TOKEN + 2).strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise SourceUnreadable(f"{variable} names a file that can't be read.", retryable=True) from fault
