"""What a mail wraps its contents into: Outlook's winmail.dat is opened, encryption and invitations are recognised."""

import mimetypes

from channels.email.bodies import MAX_TEXT, Content, parts_of_type
from channels.email.charsets import decode, printable
from channels.email.cleaning import clean, stripped
from channels.email.mail import Attachment
from channels.email.mime import Part, leaves
from channels.email.tnef import unpacked

MAX_FILES = 200  # that are taken out of one winmail.dat
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")

SMIME_ENCRYPTED = "The mail is encrypted (S/MIME): its words can be read with the recipient's key only."
SMIME_SIGNED = "The mail's contents are packed into a signature (S/MIME): open the attached smime.p7m to read them."
PGP_ENCRYPTED = "The mail is encrypted (PGP): its words can be read with the recipient's key only."
INVITATION = "The mail holds an invitation: the appointment is in the attached calendar file."
OUTLOOK = "An attachment in Outlook's own format (winmail.dat) couldn't be opened; it is kept as it came."


def open_outlook_files(content: Content) -> None:
    """Adds the files inside each winmail.dat after it, and its words where the mail has none."""
    opened: list[Attachment] = []
    for attachment in content.attachments:
        opened.append(attachment)
        if attachment.media_type in _TNEF or attachment.filename.lower() == "winmail.dat":
            packed = unpacked(attachment.content)
            if packed is None:
                content.problems.append(OUTLOOK)
                continue
            opened.extend(_file(name, octets) for name, octets in packed.files[:MAX_FILES])
            if not content.text.strip():
                content.html, _ = clean(_text(packed.html)) if packed.html else ("", "")
                content.text = _text(packed.text) or stripped(content.html)
    content.attachments = opened


def _file(name: bytes | str, octets: bytes) -> Attachment:
    written = _text(name).replace("\n", " ").strip()[:255]
    media_type = mimetypes.guess_type(written)[0] or "application/octet-stream"
    return Attachment(filename=written, media_type=media_type, content=octets)


def _text(value: bytes | str) -> str:
    text = decode(value[:MAX_TEXT], "")[0] if isinstance(value, bytes) else value[:MAX_TEXT]
    return printable(text.replace("\r\n", "\n"))


def remarks(root: Part, text: str) -> list[str]:
    """What a caseworker should know of how the mail is wrapped."""
    found: list[str] = []
    for part in (*parts_of_type(root, "application/pkcs7-mime"), *parts_of_type(root, "application/x-pkcs7-mime")):
        signed = "signed" in part.parameters.get("smime-type", "").lower()
        found.append(SMIME_SIGNED if signed else SMIME_ENCRYPTED)
    if root.media_type == "multipart/encrypted" or text.lstrip().startswith("-----BEGIN PGP MESSAGE-----"):
        found.append(PGP_ENCRYPTED)
    calendars = [part for part in leaves(root) if part.media_type in ("text/calendar", "application/ics")]
    if any(part.parameters.get("method", "request").lower() == "request" for part in calendars):
        found.append(INVITATION)
    return list(dict.fromkeys(found))
