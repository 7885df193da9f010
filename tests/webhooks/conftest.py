"""A real server on this machine that webhooks may call, and what it was told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import pytest


@dataclass
class Receiver:
    """Notes each call; answers with the statuses of `answers` in their order, then 204."""

    url: str = ""
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)

    def messages(self, key: str = "") -> list[Any]:
        """What was told, of one row or all."""
        told = [json.loads(body) for _headers, body in self.calls]
        return [each for each in told if not key or each["data"]["key"] == key]


def signed_right(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """As the specification of Standard Webhooks says it, in a few lines of its own."""
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(base64.b64decode(secret[6:]), told, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


def serve(receiver: Receiver) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
            receiver.hold.wait(20)
            status, headers, answer = receiver.answers.pop(0) if receiver.answers else (204, {}, b"")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST

        def log_message(self, *_):
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_PRIVATE_ADDRESSES = [ip_network("127.0.0.1/32")]
    found = Receiver()
    found.hold.set()
    server = serve(found)
    found.url = f"http://127.0.0.1:{server.server_port}/hook?of=portal"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield found
    found.hold.set()
    server.shutdown()
    server.server_close()
