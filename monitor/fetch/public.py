"""Which IP addresses are on the public internet. Pure."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

TRANSLATED = IPv6Network("64:ff9b::/96")
UNICAST = IPv6Network("2000::/3")
# Ranges for special purposes of which some versions of Python think that they are public:
# https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry
SPECIAL = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "3fff::/20")))


def is_public(address: str) -> bool:
    """Tell whether an IP address is on the public internet, also the one that it wraps."""
    if "%" in address:  # a scope: it means something on this machine only
        return False
    ip = _unwrapped(ip_address(address))
    if isinstance(ip, IPv6Address) and ip not in UNICAST:
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or any(ip in network for network in SPECIAL))


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv4Address):
        return ip
    if ip in TRANSLATED:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
