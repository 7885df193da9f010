"""Private files in an S3-compatible store: the same doors, no file on the disk of any machine of the portal."""

from __future__ import annotations

from io import BytesIO

import boto3
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from moto.server import ThreadedMotoServer

from config.store import s3
from core import pictures, storage, uploads
from core.models import StoredFile
from reports import actions
from tests import factories
from tests.conftest import NOON

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU"
    b"\x00\x00\x00\nIDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture(scope="module")
def server():
    """The address of a store that speaks S3, with a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "se/cret", "region_name": "eu-central-1"}
    bucket = boto3.resource("s3", endpoint_url=f"http://{host}:{port}", **keys).Bucket("portal")
    bucket.create(CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    yield f"{host}:{port}", bucket
    server.stop()


@pytest.fixture
def bucket(server, settings):
    address, bucket = server
    settings.STORAGES = settings.STORAGES | {
        "default": s3(f"http://key:se%2Fcret@{address}/portal?region=eu-central-1")
    }
    return bucket


def test_files_go_to_the_shared_store_and_come_back_whole(db, bucket, files_dir):
    person = factories.UserFactory()
    stored = storage.put([b"one ", b"two"], name="a.csv", media_type="text/csv", by=person, at=NOON)
    again = storage.put([b"one two"], name="b.csv", media_type="text/csv", by=person, at=NOON)
    picture = storage.put_upload(SimpleUploadedFile("a.png", PNG), by=person, at=NOON)

    assert {found.key for found in bucket.objects.all()} == {stored.place, picture.place}
    assert again.place == stored.place
    assert b"".join(storage.answer(stored).streaming_content) == b"one two"
    with storage.on_disk(stored) as path:
        assert path.read_bytes() == b"one two"
    assert not path.exists()
    assert actions.intact(stored)
    assert pictures.of(picture).pages == pictures.of(picture).pages == 1
    assert default_storage.exists(f"pictures/{picture.sha256}-1-0")
    assert list(files_dir.rglob("*")) == []

    bucket.Object(stored.place).put(Body=b"forged")
    assert not actions.intact(stored)
    bucket.Object(picture.place).delete()
    assert not actions.intact(picture)
    with pytest.raises(FileNotFoundError), storage.on_disk(picture):
        pass

    tomorrow = NOON.replace(year=2100)
    StoredFile.objects.filter(pk=picture.pk).delete()
    assert storage.sweep(before=NOON.replace(year=2000)) == 0
    assert storage.sweep(before=tomorrow) == 1  # the drawing of what is gone
    StoredFile.objects.filter(pk=stored.pk).delete()
    assert storage.sweep(before=tomorrow) == 0  # another row has the same bytes
    again.delete()
    assert storage.sweep(before=tomorrow) == 1
    assert list(bucket.objects.all()) == []


@pytest.mark.parametrize("url", ["https://host/bucket", "https://a:b@host", "ftp://a:b@host/bucket", "https://a@h/b"])
def test_an_address_of_the_store_that_lacks_something_is_refused_with_its_form(url):
    with pytest.raises(ValueError, match="KEY:SECRET@host/bucket"):
        s3(url)


def test_pieces_of_a_file_meet_in_the_shared_store(db, bucket, files_dir, django_capture_on_commit_callbacks):
    person = factories.UserFactory()
    one = uploads.begin(name="a.png", size=len(PNG), by=person, at=NOON)
    for start in range(0, len(PNG), 40):
        one = uploads.add(one, BytesIO(PNG[start : start + 40]), start=start, by=person, at=NOON)
    assert {found.key for found in bucket.objects.filter(Prefix="pieces/")} == set(one.places)
    assert storage.put_upload(uploads.taken(one), by=person, at=NOON).size == len(PNG)
    with django_capture_on_commit_callbacks(execute=True):
        uploads.drop(one, by=person, at=NOON)
    assert not list(bucket.objects.filter(Prefix="pieces/"))
    assert not list(files_dir.iterdir())
