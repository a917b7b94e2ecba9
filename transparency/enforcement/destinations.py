"""Where we may send anything: which addresses of the web, and which of the network. Pure.

An address is https, on an ordinary port, and leads into the public network. What an operator lists by host, or by host
and port, is trusted: it may be plain http, on any port, in the company's own network.
"""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = {443, 8443}
DEFAULT_PORT = {"https": 443, "http": 80}
LONGEST = 500
HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
PLAIN = re.compile(r"[!-\[\]-~]+")  # printable ASCII without space and backslash
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Ways to write an address of one network as an address of another; nobody is reached through them by accident.
WITHIN_ANOTHER = [
    ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96", "2002::/16", "2001::/32")
]
SHARED = ipaddress.ip_network("100.64.0.0/10")


class Forbidden(Exception):  # noqa: N818 - a decision about an address
    """Nothing may be sent there. The message says why, without names of our network."""


@dataclass(frozen=True)
class Destination:
    """A web address, taken apart; ``trusted`` where an operator lists it."""

    scheme: str
    host: str
    port: int
    path: str
    trusted: bool

    @property
    def netloc(self) -> str:
        """What the ``Host`` header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORT[self.scheme] else f"{host}:{self.port}"

    def at(self, address: str) -> str:
        """The same address of the web, with an address of the network in place of the name."""
        host = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def destination(url: str, trusted: Collection[str]) -> Destination:
    """Take a web address apart. Raises ``Forbidden`` where nothing may be sent there, whatever its name leads to."""
    if not PLAIN.fullmatch(url) or len(url) > LONGEST:
        raise Forbidden("An address has plain letters, figures and signs only, 500 at most.")
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").lower()
    except ValueError:
        raise Forbidden("This is no address of the web.") from None
    if parts.scheme not in DEFAULT_PORT or not host:
        raise Forbidden("An address begins with https:// and the name of a host.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Forbidden("An address may hold no user, no password and no “#”.")
    port = DEFAULT_PORT[parts.scheme] if port is None else port
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    found = Destination(parts.scheme, host, port, path, bool({host, f"{host}:{port}"} & set(trusted)))
    if not found.trusted:
        _check(found)
    return found


def _check(found: Destination) -> None:
    if found.scheme != "https" or found.port not in PORTS:
        ports = " or ".join(str(port) for port in sorted(PORTS))
        raise Forbidden(f"Only https on port {ports} is used, unless an operator lists the host in WEBHOOK_HOSTS.")
    try:
        written = ipaddress.ip_address(found.host)
    except ValueError:
        if not HOST.fullmatch(found.host):
            raise Forbidden("The name of the host is none that we use.") from None
    else:
        require_public([str(written)])


def require_public(addresses: Collection[str]) -> None:
    """Raises ``Forbidden`` unless every one of these network addresses leads into the public network."""
    if not addresses or not all(is_public(ipaddress.ip_address(one)) for one in addresses):
        raise Forbidden("The host's name leads to no place in the public network.")


def is_public(address: Address) -> bool:
    """Whether this leads into the public network, however it is written."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address.scope_id or any(address in network for network in WITHIN_ANOTHER):
            return False
    elif address in SHARED:
        return False
    return address.is_global and not address.is_multicast
