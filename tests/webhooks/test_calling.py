"""Where the portal calls and where it never does, whatever an address looks like and whatever a name resolves to."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import override_settings

from reports.webhooks import calling
from tests.webhooks.conftest import serve

LOOK_UP = socket.getaddrinfo

INSIDE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.8", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1", "239.1.2.3",
    "240.0.0.1", "255.255.255.255", "168.63.129.16", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
    "fd00:ec2::254", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1",
]  # fmt: skip
OUTSIDE = ["93.184.216.34", "1.1.1.1", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"]


@pytest.mark.parametrize("number", INSIDE)
def test_an_address_inside_is_refused_and_never_called(number, monkeypatch):
    assert not calling.allowed(number)
    monkeypatch.setattr(socket, "create_connection", lambda *_a, **_k: pytest.fail("it was called"))
    written = f"[{number}]" if ":" in number else number
    if "%" not in number:
        with pytest.raises(ValueError, match="network of its own"):
            calling.read(f"https://{written}/")
        assert calling.post(f"https://{written}/", b"{}", {}).failure == calling.Failure.ADDRESS
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 443))]
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]
    for answer in (found, public + found):  # one address inside is enough
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, answer=answer, **_k: answer)
        assert calling.post("https://looks.example/", b"{}", {}).failure == calling.Failure.ADDRESS


@pytest.mark.parametrize("number", OUTSIDE)
def test_a_public_address_is_open(number):
    assert calling.allowed(number)
    assert calling.read(f"https://[{number}]/x" if ":" in number else f"https://{number}/x").path == "/x"


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/",
        "https://[::ffff:7f00:1]/", "https://①②⑦.0.0.1/",
    ],
)  # fmt: skip
def test_other_ways_to_write_an_address_are_seen_through(url):
    with pytest.raises(ValueError, match="network of its own"):
        calling.read(url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://register.example/", "begins with https"), ("ftp://register.example/", "begins with https"),
        ("file:///etc/passwd", "begins with https"), ("https://me:pass@register.example/", "name and password"),
        ("https://me@register.example/", "name and password"), ("https:///x", "such as"), ("https://", "such as"),
        ("https://register.example:99999/", "such as"), ("https://register.example/#x", "such as"),
        ("https://register.example/a b", "without spaces"), ("https://x.example/\r\nHost: y", "without spaces"),
        ("https://x.example/" + "a" * 500, "at most 500"), ("register.example", "begins with https"),
        (f"https://{'a' * 70}.example/", "such as"), ("https://x.example/ä", "such as"),
    ],
)  # fmt: skip
@override_settings(TRIAL=False)
def test_what_is_no_address_is_refused_in_words(url, words):
    with pytest.raises(ValueError, match=words):
        calling.read(url)


def test_a_redirect_is_not_followed_and_little_of_an_answer_is_read(receiver, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    long = ("ā" * 100_000).encode()
    receiver.answers = [(302, {"Location": "http://169.254.169.254/latest/meta-data/"}, b""), (200, {}, long)]

    there = calling.post(receiver.url, b"{}", {"webhook-id": "1"})
    assert (there.status, there.taken, there.failure) == (302, False, "")
    full = calling.post(receiver.url, b"{}", {"webhook-id": "2"})
    assert full.taken
    assert full.text == "ā" * calling.MOST_KEPT
    assert [headers["webhook-id"] for headers, _body in receiver.calls] == ["1", "2"]


def test_a_server_that_drips_is_cut_off(settings, receiver, monkeypatch):
    """Each byte comes in time, the whole never would."""
    monkeypatch.setattr(calling, "WHOLE", 0.4)
    with socket.create_server(("127.0.0.1", 0)) as slow:

        def drip():
            there, _who = slow.accept()
            with there:
                try:
                    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200:
                        there.sendall(bytes([byte]))
                        threading.Event().wait(0.05)
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        answer = calling.post(f"http://127.0.0.1:{slow.getsockname()[1]}/", b"{}", {})
        thread.join(5)
    assert answer.failure == calling.Failure.TIME
    assert answer.took < 2000


@pytest.fixture
def certified(tmp_path, monkeypatch, receiver):
    """The receiver behind TLS, with a certificate for register.example that this machine trusts."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    day = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(day - datetime.timedelta(1)).not_valid_after(day + datetime.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("register.example")]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path / "register.pem"
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*plain) + made.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    server, context = serve(receiver), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    asked: list[str] = []
    context.sni_callback = lambda _socket, host, _context: asked.append(host)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


def test_the_name_is_looked_up_once_and_its_checked_address_called_under_its_name(certified, receiver, monkeypatch):
    """A name that shows another address the second time (DNS rebinding) is never asked a second time."""
    port, asked = certified
    lookups: list[str] = []

    def look_up(host, port, *args, **kwargs):
        try:
            ip_address(host)
        except ValueError:
            lookups.append(host)
            first = len(lookups) == 1
            return LOOK_UP("127.0.0.1" if first else "127.0.0.2", port, *args, **kwargs)
        return LOOK_UP(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    answer = calling.post(f"https://register.example:{port}/in", b"{}", {"webhook-id": "1"})

    assert (answer.status, answer.failure) == (204, "")
    assert lookups == asked == ["register.example"]
    assert receiver.calls[0][0]["host"] == f"register.example:{port}"
    assert calling.post(f"https://other.example:{port}/in", b"{}", {}).failure == calling.Failure.ADDRESS
    lookups.clear()
    assert calling.post(f"https://other.example:{port}/in", b"{}", {}).failure == calling.Failure.TLS
    assert len(receiver.calls) == 1
