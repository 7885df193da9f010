"""Outgoing calls: one POST to an address somebody typed, and to nowhere an outsider must not reach.

The name is looked up once; every address found must be allowed, and the connection goes to that address, with the name
in the TLS handshake and in Host. So a name that changes its address between check and call reaches nothing (DNS
rebinding). Redirects are not followed, proxies of the environment are not asked, and little of an answer is read.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

CONNECT, WHOLE = 5.0, 15.0  # seconds: for the connection, and for everything
MOST_READ, MOST_KEPT = 4096, 500  # bytes of an answer that are read, letters of it that are kept
LONGEST = 500

NEVER = [  # global by their kind, but they lead back inside: a cloud's own services, and IPv4 in the clothes of IPv6
    ipaddress.ip_network(each)
    for each in ("168.63.129.16/32", "192.88.99.0/24", "64:ff9b::/96", "2001::/32", "2002::/16", "fec0::/10")
]


class Failure:
    """Why there is no answer; the words stand in the model of an attempt."""

    ADDRESS, NAME, CONNECTION, TLS, TIME, BROKEN = "address", "name", "connection", "tls", "time", "broken"


@dataclass(frozen=True)
class Answer:
    """What came back: a status and the beginning of the text, or why nothing did. `took` in milliseconds."""

    status: int | None = None
    text: str = ""
    failure: str = ""
    took: int = 0
    wait: int = 0  # seconds the receiver asks to be left alone (Retry-After)

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True)
class Address:
    secure: bool
    host: str
    port: int
    path: str  # with the query

    @property
    def authority(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.secure else 80) else f"{name}:{self.port}"


def read(url: str) -> Address:
    """An address taken apart. Raises ValueError, in words for people, for one that is never called."""
    if len(url) > LONGEST or any(sign <= " " or sign == "\x7f" for sign in url):
        raise ValueError(_("Give an address of at most 500 signs, without spaces."))
    try:
        told = urlsplit(url)
        port, host = told.port, (told.hostname or "").encode("idna").decode()
        (told.path + told.query).encode("ascii")
    except (ValueError, UnicodeError):
        raise ValueError(_("Give an address such as https://register.example.org/portal.")) from None
    if told.scheme != "https" and not (settings.TRIAL and told.scheme == "http"):
        raise ValueError(_("Give an address that begins with https://."))
    if not host or told.fragment:
        raise ValueError(_("Give an address such as https://register.example.org/portal."))
    if told.username is not None or told.password is not None:
        raise ValueError(_("Leave name and password out of the address: the signature says who calls."))
    try:
        numeric = str(ipaddress.ip_address(host))
    except ValueError:
        try:
            numeric = socket.inet_ntoa(socket.inet_aton(host))  # 2130706433, 0x7f.1 and the like
        except OSError:
            numeric = ""
    if numeric and not allowed(numeric):
        raise ValueError(_("This address lies inside a network of its own; the portal calls only public addresses."))
    path = (told.path or "/") + (f"?{told.query}" if told.query else "")
    secure = told.scheme == "https"
    return Address(secure, numeric or host, port or (443 if secure else 80), path)


def allowed(text: str) -> bool:
    """Whether a numeric address may be called: a public one, or one that WEBHOOK_PRIVATE_ADDRESSES lets through."""
    ip = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if any(ip in network for network in settings.WEBHOOK_PRIVATE_ADDRESSES):
        return True
    special = ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local
    return ip.is_global and not special and not any(ip in network for network in NEVER)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send a body once; never raises for what the other side does."""
    began = time.monotonic()

    def failed(why: str) -> Answer:
        return Answer(failure=why, took=round(1000 * (time.monotonic() - began)))

    try:
        address = read(url)
    except ValueError:
        return failed(Failure.ADDRESS)
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return failed(Failure.NAME)
    numbers = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not numbers or not all(allowed(number) for number in numbers):
        return failed(Failure.ADDRESS)
    connection = _connection(address, numbers[0])
    late, connected = threading.Event(), False

    def cut() -> None:
        late.set()
        with suppress(OSError):  # it may have ended by itself meanwhile
            if connection.sock is not None:
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    clock = threading.Timer(WHOLE, cut)
    clock.start()
    try:
        connection.connect()
        connection.timeout, connected = WHOLE, True
        connection.request(
            "POST", address.path, body=body, preload_content=False, decode_content=False,
            headers={"Host": address.authority, "Connection": "close", **headers},
        )  # fmt: skip
        response = connection.getresponse()
        text = response.read(MOST_READ).decode("utf-8", "replace").replace("\0", " ")
        took = round(1000 * (time.monotonic() - began))
        return Answer(response.status, text[:MOST_KEPT], "", took, _wait(response.headers.get("Retry-After", "")))
    except ssl.SSLError:
        return failed(Failure.TIME if late.is_set() else Failure.TLS)
    except (TimeoutError, HTTPError, HTTPException, OSError, ValueError) as error:
        return failed(Failure.TIME if late.is_set() else _why(error, connected))
    finally:
        clock.cancel()
        connection.close()


def _connection(address: Address, number: str) -> HTTPConnection:
    """To that address and no other; nothing is asked of the environment."""
    if not address.secure:
        return HTTPConnection(number, address.port, timeout=CONNECT)
    tls = ssl.create_default_context()
    return HTTPSConnection(
        number, address.port, timeout=CONNECT, server_hostname=address.host, ssl_context=tls, cert_reqs="CERT_REQUIRED"
    )


def _why(error: Exception, connected: bool) -> str:
    if "timed out" in str(error):
        return Failure.TIME
    return Failure.BROKEN if connected else Failure.CONNECTION


def _wait(text: str) -> int:
    """Seconds of a Retry-After, at most a day; dates are not understood and mean nothing."""
    return min(int(text), 86_400) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
