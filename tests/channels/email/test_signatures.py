"""Signatures (S/MIME) that hold what they sign: the words in them are read, the signature stays beside them."""

import base64
import time

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from cryptography.x509 import load_pem_x509_certificate

from channels.email.understanding.mail import Mail
from channels.email.understanding.parsing import understand
from channels.email.understanding.smime import signed_content

LETTER = b"Content-Type: text/plain; charset=utf-8\r\n\r\nMy bin, M\xc3\xbcll\r\n"
SIGNED, DATA = (bytes.fromhex(f"06092a864886f70d01070{kind}") for kind in (2, 1))


def mail_with(packed: bytes, kind: str = "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m") -> Mail:
    head = f"From: jane@citizen.example\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return understand(head.encode() + base64.encodebytes(packed))


def signed(content: bytes) -> bytes:
    issued = trustme.CA(key_type=trustme.KeyType.ECDSA).issue_cert("jane@citizen.example")
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    builder = PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(load_pem_x509_certificate(issued.cert_chain_pems[0].bytes()), key, SHA256())
    return builder.sign(Encoding.DER, [PKCS7Options.Binary])


def open_ended(tag: int, *contents: bytes) -> bytes:
    """An element whose length isn't told beforehand (X.690 §8.1.3.6)."""
    return bytes([tag, 0x80]) + b"".join(contents) + b"\0\0"


def in_pieces(*pieces: bytes) -> bytes:
    octets = open_ended(0x24, *(bytes([0x04, len(piece)]) + piece for piece in pieces))
    return around(open_ended(0xA0, octets))


def around(held: bytes) -> bytes:
    """Empty: the signature lies beside what it signs."""
    signed_data = open_ended(0x30, b"\x02\x01\x01", b"\x31\0", open_ended(0x30, DATA, held))
    return open_ended(0x30, SIGNED, open_ended(0xA0, signed_data))


@pytest.mark.parametrize("packed", [signed(LETTER), in_pieces(LETTER[:9], LETTER[9:])], ids=["der", "ber"])
def test_the_words_in_a_signature_are_read(packed: bytes) -> None:
    mail = mail_with(packed)

    assert (mail.text, mail.problems) == ("My bin, Müll", ())
    assert [(each.filename, each.content) for each in mail.attachments] == [("smime.p7m", packed)]


def test_the_files_in_a_signature_are_files_of_the_mail() -> None:
    parts = b"--b\r\n\r\nsee\r\n--b\r\nContent-Type: image/png; name=a.png\r\n\r\ndots\r\n--b--\r\n"
    mail = mail_with(in_pieces(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n", parts))

    assert (mail.text, [each.filename for each in mail.attachments]) == ("see", ["smime.p7m", "a.png"])


def test_the_words_around_a_signature_stay() -> None:
    packed = base64.encodebytes(in_pieces(LETTER)).decode()
    head = "Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    body = f"--b\r\nContent-Type: text/html\r\n\r\n<p>From the list</p>\r\n--b\r\n{head}{packed}\r\n--b--"
    mail = understand(f"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{body}".encode())

    assert mail.text == "From the list\n\nMy bin, Müll"
    assert mail.html == "<p>From the list</p>\n<p>My bin, Müll</p>"


def test_a_document_that_somebody_signed_is_no_text() -> None:
    mail = mail_with(in_pieces(b"%PDF-1.7\n", b"Kids: 1\n"), "application/pkcs7-mime; name=plan.pdf.p7m")

    assert (mail.text, [each.filename for each in mail.attachments], mail.problems) == ("", ["plan.pdf.p7m"], ())


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"\x30",
        b"\x30\x80",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x80" * 5_000,
        open_ended(0x30, DATA, open_ended(0xA0, b"\x04\x01x")),
        around(b""),
        in_pieces(LETTER)[:40],
    ],
)
def test_what_is_no_signature_or_holds_nothing_is_left_alone(packed: bytes) -> None:
    assert signed_content(packed) is None


def test_a_signature_in_a_million_pieces_is_given_up_at_once() -> None:
    start = time.process_time()

    assert signed_content(in_pieces(*[b"x"] * 1_000_000)) is None
    assert time.process_time() - start < 1
