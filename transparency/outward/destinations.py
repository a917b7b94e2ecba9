"""Whom we may speak to: which addresses of the web, and which of the network. Pure.

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
NUMBER = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)\.?")  # which resolvers take for an address, each in its own way
PLAIN = re.compile(r"[!-\[\]-~]+")  # printable ASCII without space and backslash
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Ways to write an address of one network as an address of another; nobody is reached through them by accident.
WITHIN_ANOTHER = [
    ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96", "2002::/16", "2001::/32")
]


class Forbidden(Exception):  # noqa: N818 - a decision about an address
    """Nobody is spoken to there. The message says why, without names of our network."""


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


def destination(url: str, trusted: Collection[str], listed_in: str = "WEBHOOK_HOSTS") -> Destination:
    """Take a web address apart. Raises ``Forbidden`` where we speak to nobody, whatever its name leads to.

    ``trusted`` is the operator's list of hosts in the own network; ``listed_in`` names the setting that holds it.
    """
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
    if NUMBER.fullmatch(host) and not _is_address(host):
        raise Forbidden("The name of the host is none that we use.")
    port = DEFAULT_PORT[parts.scheme] if port is None else port
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    found = Destination(parts.scheme, host, port, path, found_in(host, port, trusted))
    if not found.trusted:
        _check(found, listed_in)
    return found


def found_in(host: str, port: int, listed: Collection[str]) -> bool:
    """Whether a list of hosts, or of hosts with a port, names this one."""
    return not {host, f"{host}:{port}"}.isdisjoint(listed)


def _check(found: Destination, listed_in: str) -> None:
    if found.scheme != "https" or found.port not in PORTS:
        ports = " or ".join(str(port) for port in sorted(PORTS))
        raise Forbidden(f"Only https on port {ports} is used, unless an operator lists the host in {listed_in}.")
    if _is_address(found.host):
        require_public([found.host])
    elif not HOST.fullmatch(found.host):
        raise Forbidden("The name of the host is none that we use.")


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def require_public(addresses: Collection[str]) -> None:
    """Raises ``Forbidden`` unless every one of these network addresses leads into the public network."""
    if not addresses or not all(is_public(ipaddress.ip_address(one)) for one in addresses):
        raise Forbidden("The host's name leads to no place in the public network.")


def require_reachable(addresses: Collection[str]) -> None:
    """The same for hosts that an operator lists: the own network is open, places that nobody runs a server at are not.

    These are addresses of one link, such as those from which clouds hand out passwords, of many, and of nobody.
    """
    found = [ipaddress.ip_address(one) for one in addresses]
    if not found or any(one.is_link_local or one.is_multicast or one.is_unspecified for one in map(_inner, found)):
        raise Forbidden("The host's name leads to an address at which nobody runs a server.")


def _inner(address: Address) -> Address:
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def is_public(address: Address) -> bool:
    """Whether this leads into the public network, however it is written."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address.scope_id or any(address in network for network in WITHIN_ANOTHER):
            return False
    return address.is_global and not address.is_multicast
