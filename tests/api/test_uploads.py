"""Files by pieces: a cut connection loses nothing, and what came whole passes what a page's upload passes."""

from __future__ import annotations

import hashlib
import socket
from base64 import b64encode
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils.timezone import now

from activities.models import Evidence
from core import uploads
from core.models import AuditEvent, Incoming
from core.storage import sweep
from tests.conftest import path_of

URL = "/api/v1/uploads/"
TUS = {"HTTP_TUS_RESUMABLE": "1.0.0"}
LIST = b"%PDF-1.7 " + bytes(range(256)) * 4000  # a little more than one million bytes
PIECE = "application/offset+octet-stream"


def begun(client, size=None, **more):
    size = len(LIST) if size is None else size
    told = f"filename {b64encode(b'list of 16 March.pdf').decode()},filetype YQ=="
    return client.post(URL, HTTP_UPLOAD_LENGTH=str(size), HTTP_UPLOAD_METADATA=told, **TUS, **more)


def sent(client, address, content, at=0, **more):
    return client.patch(address, content, content_type=PIECE, HTTP_UPLOAD_OFFSET=str(at), **TUS, **more)


def evidence_of(client, session, key):
    body = {"kind": "signed_list", "file": {"upload": key}}
    return client.post(f"/api/v1/sessions/{session.key}/evidence/", body, format="json")


def pieces():
    try:
        return default_storage.listdir("pieces")[1]
    except FileNotFoundError:
        return []


def test_a_file_by_pieces_becomes_evidence_and_its_hash_is_told(api, people, session):
    client = api(people["coordinator"])
    made = begun(client)
    assert made.status_code == 201
    assert (made["Tus-Resumable"], made["Upload-Offset"]) == ("1.0.0", "0")
    address, key = urlsplit(made["Location"]).path, made.json()["key"]
    assert evidence_of(client, session, key).status_code == 422  # nothing of it is there
    for start in range(0, len(LIST), 400_000):
        part = LIST[start : start + 400_000]
        total = b64encode(hashlib.sha256(part).digest()).decode()
        came = sent(client, address, part, start, HTTP_UPLOAD_CHECKSUM=f"sha256 {total}")
        assert (came.status_code, came.content, came["Upload-Offset"]) == (204, b"", str(start + len(part)))
        assert "Upload-Expires" in came
    seen = client.head(address, **TUS)
    assert (seen["Upload-Offset"], seen["Upload-Length"]) == (str(len(LIST)), str(len(LIST)))
    assert seen["Cache-Control"] == "no-store"
    assert client.get(address).json()["sha256"] == hashlib.sha256(LIST).hexdigest()

    added = evidence_of(client, session, key)
    assert added.status_code == 201, added.content
    assert (added.json()["sha256"], added.json()["name"]) == (hashlib.sha256(LIST).hexdigest(), "list of 16 March.pdf")
    assert path_of(Evidence.objects.get().file).read_bytes() == LIST
    assert b"".join(client.get(added["Location"]).streaming_content) == LIST
    assert client.get(f"/api/v1/sessions/{session.key}/evidence/").json()["files"] == [added.json()]
    assert evidence_of(client, session, key).status_code == 409  # the same file again
    trail = list(AuditEvent.objects.filter(origin="api").order_by("pk").values_list("action", flat=True))
    assert trail == ["upload.begun", "upload.received", "evidence.added", "evidence.downloaded"]

    assert client.delete(address, **TUS).status_code == 204
    assert client.head(address, **TUS).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_cut_connection_loses_nothing_and_another_server_goes_on(api, people, session, live_server, wait_for):
    client = api(people["coordinator"])
    address = urlsplit(begun(client)["Location"]).path
    bearer = client._credentials["HTTP_AUTHORIZATION"]
    site = urlsplit(live_server.url)
    with socket.create_connection((site.hostname, site.port)) as wire:
        head = f"PATCH {address} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {bearer}\r\nTus-Resumable: 1.0.0\r\n"
        head += f"Content-Type: {PIECE}\r\nUpload-Offset: 0\r\nContent-Length: {len(LIST)}\r\n\r\n"
        wire.sendall(head.encode() + LIST[:700_000])
    came = int(wait_for(lambda: int(client.head(address, **TUS)["Upload-Offset"])))
    assert 0 < came <= 700_000
    assert sent(client, address, LIST, 0).json()["received"] == came  # 409: it says where to go on
    assert sent(client, address, LIST[came:], came).status_code == 204  # here, not at the server of the first piece
    added = evidence_of(client, session, client.get(address).json()["key"])
    assert added.json()["sha256"] == hashlib.sha256(LIST).hexdigest()
    connection.close_pool()


def test_what_is_wrong_is_refused_and_keeps_nothing(api, people, session, settings):
    client = api(people["coordinator"])
    address = urlsplit(begun(client, 9)["Location"]).path
    assert client.patch(address, b"123", content_type=PIECE, HTTP_UPLOAD_OFFSET="0").status_code == 412  # no version
    assert sent(client, address, b"123", 4).status_code == 409
    assert sent(client, address, b"x" * 10).status_code == 413
    wrong = b64encode(hashlib.sha1(b"other").digest()).decode()
    assert sent(client, address, b"123", HTTP_UPLOAD_CHECKSUM=f"sha1 {wrong}").status_code == 460
    assert sent(client, address, b"123", HTTP_UPLOAD_CHECKSUM="crc32 AAAA").status_code == 422
    json = client.patch(address, b"{}", content_type="application/json", HTTP_UPLOAD_OFFSET="0", **TUS)
    assert json.status_code == 415
    assert (client.head(address, **TUS)["Upload-Offset"], pieces()) == ("0", [])
    for length in ("", "-1", "1.5", "9" * 30):
        assert client.post(URL, HTTP_UPLOAD_LENGTH=length, **TUS).status_code == 422
    assert begun(client, 0).status_code == 409
    assert begun(client, settings.UPLOAD_LIMIT + 1).status_code == 413
    assert client.post(URL, HTTP_UPLOAD_LENGTH="9", HTTP_UPLOAD_METADATA="filename ü", **TUS).status_code == 422
    told = client.options(URL)
    assert (told.status_code, told["Tus-Max-Size"]) == (204, str(settings.UPLOAD_LIMIT))

    sent(client, address, b"not a PDF")
    refused = evidence_of(client, session, client.get(address).json()["key"])
    assert refused.status_code == 409
    assert "PDF, JPEG or PNG" in refused.json()["detail"]
    assert not Evidence.objects.exists()


def test_a_file_on_its_way_is_its_senders_alone_is_bounded_and_expires(api, people, session, settings):
    client, other = api(people["coordinator"]), api(people["admin"])
    address = urlsplit(begun(client, 9)["Location"]).path
    sent(client, address, b"%PDF-1.7 ")
    assert sent(other, address, b"x").status_code == other.head(address, **TUS).status_code == 404
    assert evidence_of(other, session, Incoming.objects.get().key).status_code == 422
    settings.INCOMING_LIMIT = 1000
    assert [begun(client, 991).status_code, begun(client, 992).status_code] == [201, 409]
    assert begun(other, 1000).status_code == 201

    assert len(pieces()) == 1
    later = now() + uploads.KEPT + timedelta(seconds=1)
    assert uploads.forget_expired(now()) == 0
    Incoming.objects.filter(size=9).update(expires_at=now())
    assert client.head(address, **TUS).status_code == 404
    assert sweep(later) == 1  # bytes that are older than any file on its way
    assert uploads.forget_expired(later) == 3
    assert not Incoming.objects.exists()
