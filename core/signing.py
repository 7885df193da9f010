"""Signatures on PDF files with the portal's certificate: PAdES baseline B (ETSI EN 319 142-1).

The signature is an incremental update: the bytes of the file stay as they were, with their metadata, and the signature
follows them. The same file, key and moment give the same bytes: RSA by PKCS #1 v1.5 draws no random number.
"""

from __future__ import annotations

import hashlib
import io
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from django.conf import settings

FIELD = "Seal"
NOWHERE = (-1, -1, -1, -1)  # an empty field outside the page: nothing to be seen, nothing to be read aloud


@cache
def _signer(path: str, passphrase: str) -> Any:
    """The key and certificates of a PKCS #12 file. Raises ValueError when it cannot be opened, or its key is not RSA.

    pyHanko is loaded here, not with the module: web workers never sign.
    """
    from pyhanko.sign import SimpleSigner

    signer = SimpleSigner.load_pkcs12(path, passphrase=passphrase.encode() or None)
    if signer is None or signer.signing_cert is None:
        raise ValueError(f"{path} is no PKCS #12 file, or SIGNING_PASSPHRASE does not open it")
    if signer.signing_cert.public_key.algorithm != "rsa":
        raise ValueError(f"the key in {path} is not RSA: a sealed file could not be made a second time")
    return signer


@cache
def _fingerprint(path: str, passphrase: str) -> str:
    held = load_pkcs12(Path(path).read_bytes(), passphrase.encode() or None).cert
    return held.certificate.fingerprint(SHA256()).hex() if held else ""


def fingerprint() -> str:
    """The SHA-256 of the certificate that signs now; "" where none is configured."""
    path = settings.SIGNING_PKCS12
    return _fingerprint(path, settings.SIGNING_PASSPHRASE) if path else ""


def sign(document: bytes, *, at: datetime, reason: str) -> bytes:
    """The PDF with an invisible signature dated `at`; unchanged where no certificate is configured."""
    if not settings.SIGNING_PKCS12:
        return document
    from pyhanko.pdf_utils.generic import ByteStringObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import PdfSignatureMetadata, PdfSigner
    from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter

    class Writer(IncrementalPdfFileWriter):
        """Leaves the metadata of the document alone; its new identifier follows from its bytes."""

        @classmethod
        def _handle_id(cls, prev):
            found = super()._handle_id(prev)
            found[1] = ByteStringObject(hashlib.sha256(document).digest()[:16])
            return found

        def _update_meta(self):
            pass

    class Signer(PdfSigner):
        """Signs at the moment `at`, not at that of the clock."""

        def init_signing_session(self, *args, **kwargs):
            session = super().init_signing_session(*args, **kwargs)
            session.system_time = at
            return session

    about = PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason
    )
    field = SigFieldSpec(FIELD, box=NOWHERE, readable_field_name=reason)
    signer = Signer(about, _signer(settings.SIGNING_PKCS12, settings.SIGNING_PASSPHRASE), new_field_spec=field)
    return signer.sign_pdf(Writer(io.BytesIO(document))).getvalue()
