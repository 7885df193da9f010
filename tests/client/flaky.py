"""A bad line: a proxy that loses requests before and after they arrive, sends them twice, delays and puts off."""

from __future__ import annotations

import http.client
import random
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

DROPPED_HEADERS = {"transfer-encoding", "connection", "content-length", "date", "server"}


class Flaky:
    """`with Flaky("http://127.0.0.1:8000", share=0.3) as line`: the same at `line.url`, spoilt for a share of requests.

    `seen` counts what became of them.
    """

    HOW = ("lost before", "lost after", "twice", "late", "busy")

    def __init__(self, target: str, *, share: float, seed: int):
        self.target, self.share, self.dice, self.seen = target, share, random.Random(seed), Counter[str]()
        line = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format, *args):
                """Says nothing."""

            def answer(self):
                line.answer(self)

            do_GET = do_POST = do_PATCH = answer

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Flaky:
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        how = self.dice.choice(self.HOW) if self.dice.random() < self.share else "well"
        self.seen[how] += 1
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        if how == "lost before":
            return
        if how == "busy":
            request.send_response(self.dice.choice([429, 503]))
            request.send_header("Retry-After", "1")
            request.end_headers()
            return
        if how == "late":
            time.sleep(0.05)
        status, headers, told = self._forward(request, body)
        if how == "twice":
            status, headers, told = self._forward(request, body)
        if how == "lost after":
            return
        request.send_response(status)
        for name, value in headers:
            if name.lower() not in DROPPED_HEADERS:
                request.send_header(name, value)
        request.send_header("Content-Length", str(len(told)))
        request.end_headers()
        request.wfile.write(told)

    def _forward(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        there = urlsplit(self.target)
        connection = http.client.HTTPConnection(there.hostname or "", there.port, timeout=60)
        try:
            headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
            connection.request(request.command, request.path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()
