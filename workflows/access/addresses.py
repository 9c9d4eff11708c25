"""From which address a request comes, so that who tries credentials can be held up.

It is the peer's. Where the peer is one of SCHED_TRUSTED_PROXIES, it is the last of `X-Forwarded-For` that is none of
them: what stands before that, anybody can have written. Of IPv6 the network counts (/64): one caller has all of it.
"""

import ipaddress
from collections.abc import Sequence

from django.conf import settings

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address
type Network = ipaddress.IPv4Network | ipaddress.IPv6Network
IPV6_PREFIX = 64


def address_of(peer: str, forwarded_for: str) -> str:
    """Empty where the peer has none, as behind a socket of the file system."""
    trusted: Sequence[Network] = settings.SCHED.trusted_proxies
    address = _parsed(peer)
    for hop in reversed(forwarded_for.split(",")):
        if address is None or not any(address in network for network in trusted):
            break
        further = _parsed(hop)
        if further is None:
            break
        address = further
    return "" if address is None else _told(address)


def _parsed(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _told(address: Address) -> str:
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((int(address), IPV6_PREFIX), strict=False).network_address)
