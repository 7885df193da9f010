"""Sealed files carry the portal's signature: true by other libraries than the one that signed, and always the same."""

from __future__ import annotations

import hashlib
import io
import subprocess
from dataclasses import dataclass
from datetime import timedelta

import pikepdf
import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12

from config.trial.certificate import self_signed
from core import signing
from core.pdf import Embedded, Laid
from reports import pdf, snapshot
from tests.conftest import NOON

PAGE = '<html lang="en"><title>T</title><body><h1>T</h1><p><a href="https://x.example/">A link</a></p></body></html>'


@pytest.fixture(scope="module")
def key() -> bytes:
    return self_signed("A test")


@pytest.fixture
def certificate(settings, tmp_path, key):
    """The portal signs."""
    (tmp_path / "key.p12").write_bytes(key)
    settings.SIGNING_PKCS12 = str(tmp_path / "key.p12")
    return pkcs12.load_pkcs12(key, None).cert.certificate


@pytest.fixture(scope="module")
def documents() -> dict[str, bytes]:
    laid = Laid(PAGE)
    return {"ua": laid.accessible(b"1" * 16), "archive": laid.archive(b"1" * 16, [Embedded("a.csv", b"1", "A")], NOON)}


@dataclass(frozen=True)
class Seal:
    """A signature as it stands in a file."""

    ranges: list[int]
    contents: bytes
    form: str
    at: str
    reason: str


def seal_of(signed: bytes) -> Seal:
    with pikepdf.open(io.BytesIO(signed)) as document:
        value = document.Root.AcroForm.Fields[0].V
        ranges = [int(n) for n in value.ByteRange]
        return Seal(ranges, bytes(value.Contents), str(value.SubFilter), str(value.M), str(value.Reason))


def check(signed: bytes, certificate: x509.Certificate) -> None:
    """Raises when the signature does not cover the whole file with exactly these
    bytes by the key of the certificate."""
    seal = seal_of(signed)
    a, b, c, d = seal.ranges
    assert (a, c + d) == (0, len(signed))
    assert signed[b:c] == b"<" + seal.contents.hex().upper().encode() + b">"  # nothing else is left out
    content = cms.ContentInfo.load(seal.contents)["content"]
    info = content["signer_infos"][0]
    assert content["certificates"][0].chosen.dump() == certificate.public_bytes(Encoding.DER)
    told = {a["type"].native: a["values"] for a in info["signed_attrs"]}
    if told["message_digest"][0].native != hashlib.sha256(signed[a:b] + signed[c : c + d]).digest():
        raise InvalidSignature
    public = certificate.public_key()
    public.verify(info["signature"].native, info["signed_attrs"].untag().dump(), PKCS1v15(), SHA256())
    assert "signing_certificate_v2" in told  # PAdES: the signature names its certificate
    assert "signing_time" not in told  # PAdES: the moment stands in the dictionary alone
    assert seal.form == "/ETSI.CAdES.detached"


@pytest.mark.parametrize("form", ["ua", "archive"])
def test_the_signature_is_true_covers_every_byte_and_hides_nothing(form, certificate, documents):
    plain = documents[form]
    signed = signing.sign(plain, at=NOON, reason="Seal")

    check(signed, certificate)
    for place in (10, len(plain) // 2, len(plain) + 20, len(signed) - 10):
        changed = bytearray(signed)
        changed[place] ^= 1
        with pytest.raises((InvalidSignature, AssertionError, pikepdf.PdfError, ValueError, AttributeError)):
            check(bytes(changed), certificate)


@pytest.mark.parametrize("form", ["ua", "archive"])
def test_the_file_beneath_keeps_its_bytes_its_metadata_and_its_form(form, certificate, documents):
    plain = documents[form]
    signed = signing.sign(plain, at=NOON, reason="Seal")

    assert signed.startswith(plain)
    before, after = pikepdf.open(io.BytesIO(plain)), pikepdf.open(io.BytesIO(signed))
    assert before.Root.Metadata.read_bytes() == after.Root.Metadata.read_bytes()
    field = after.Root.AcroForm.Fields[0]
    assert [float(n) for n in field.Rect] == [-1, -1, -1, -1]  # PDF/UA-1 7.18.1: outside the page, so not to be tagged
    assert int(field.F) & 0b110 == 0b100  # PDF/A-3 6.3.2: printed, not hidden
    assert str(field.TU) == "Seal"
    assert after.pages[0].Tabs == "/S"  # PDF/UA-1 7.18.3
    assert str(after.trailer.ID[0]) == str(before.trailer.ID[0])


def test_signing_again_gives_the_same_bytes(certificate, documents):
    once = signing.sign(documents["ua"], at=NOON, reason="Seal")

    assert signing.sign(documents["ua"], at=NOON, reason="Seal") == once
    assert signing.sign(documents["ua"], at=NOON + timedelta(seconds=1), reason="Seal") != once


def test_another_program_finds_it_valid(certificate, documents, tmp_path):
    path = tmp_path / "signed.pdf"
    path.write_bytes(signing.sign(documents["archive"], at=NOON, reason="Seal"))
    said = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=True).stdout

    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


def test_a_report_is_signed_as_it_was_when_it_was_sealed(asked, certificate, settings):
    taken = snapshot.take(asked, NOON)
    assert taken["signed_with"] == certificate.fingerprint(SHA256()).hex()
    laid = Laid(PAGE)
    signed = pdf.render(laid, taken)
    seal = seal_of(signed)

    assert seal.at.startswith("D:20260316")
    assert snapshot.check_code(snapshot.digest(taken)) in seal.reason
    assert pdf.render(laid, taken) == signed
    settings.SIGNING_PKCS12 = ""
    older = snapshot.take(asked, NOON)
    assert b"/Sig" not in pdf.render(laid, older)


def test_a_key_that_draws_lots_is_refused(settings, tmp_path, documents):
    rsa_made = pkcs12.load_pkcs12(self_signed("E"), None).cert.certificate
    key = ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateBuilder(
        rsa_made.issuer, rsa_made.subject, key.public_key(), 1, rsa_made.not_valid_before_utc,
        rsa_made.not_valid_after_utc,
    ).sign(key, SHA256())  # fmt: skip
    (tmp_path / "ec.p12").write_bytes(pkcs12.serialize_key_and_certificates(b"e", key, made, None, NoEncryption()))
    settings.SIGNING_PKCS12 = str(tmp_path / "ec.p12")

    with pytest.raises(ValueError, match="not RSA"):
        signing.sign(documents["ua"], at=NOON, reason="Seal")
