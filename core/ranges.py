"""Ranges of addresses from which programs may come."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network


def ranges_in(text: str) -> list[str]:
    """The ranges of a text, between commas, spaces or lines, each as 192.0.2.0/24 or 2001:db8::/32; one address is a
    range of its own. Raises ValueError with the first part that is none."""
    found: dict[str, None] = {}
    for part in text.replace(",", " ").split():
        try:
            found[str(ip_network(part, strict=False))] = None
        except ValueError:
            raise ValueError(part) from None
    return list(found)


def inside(address: str, ranges: Iterable[str]) -> bool:
    """Whether an address lies in one of the ranges; an IPv4 address that comes as IPv6 is the IPv4 address."""
    found = ip_address(address)
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in ip_network(each) for each in ranges)
