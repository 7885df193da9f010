"""The store of private files that machines share, out of one address."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


def s3(url: str) -> dict[str, Any]:
    """Django's storage of a bucket of an S3-compatible store: `https://KEY:SECRET@host/bucket?region=REGION`, with the
    special signs of key and secret percent-encoded. Raises ValueError, saying what is missing."""
    parts = urlsplit(url)
    bucket, key, secret = parts.path.strip("/"), unquote(parts.username or ""), unquote(parts.password or "")
    if parts.scheme not in ("https", "http") or not (parts.hostname and bucket and key and secret):
        raise ValueError("FILES_URL must read https://KEY:SECRET@host/bucket?region=REGION")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
            "region_name": parse_qs(parts.query).get("region", [None])[0],
            "access_key": key,
            "secret_key": secret,
            "addressing_style": "path",
            "signature_version": "s3v4",
            "file_overwrite": True,  # the same name again holds the same bytes
            "max_memory_size": 8 << 20,  # bytes; what is larger passes through a temporary file
        },
    }
