"""What a mail wraps its contents into: signatures that hold them and Outlook's winmail.dat are opened, encryption and
invitations are recognised."""

import mimetypes
import re

from channels.email.understanding.bodies import MAX_TEXT, Content, content_of, parts_of_type, within_limit
from channels.email.understanding.charsets import decode, printable
from channels.email.understanding.cleaning import as_html, clean, stripped
from channels.email.understanding.mail import Attachment
from channels.email.understanding.mime import Part, leaves, octets, parse
from channels.email.understanding.smime import signed_content
from channels.email.understanding.tnef import unpacked

MAX_FILES = 200  # that are taken out of one winmail.dat
_MOST_SIGNATURES = 3  # that are looked into: a mail has one
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")

_PART_OF_MAIL = re.compile(rb"[A-Za-z-]{1,80}:[^\n]*\n")  # and no document that somebody signed

SMIME_ENCRYPTED = "The mail is encrypted (S/MIME): its words can be read with the recipient's key only."
SMIME_SIGNED = "The mail's contents are packed into a signature (S/MIME): open the attached smime.p7m to read them."
PGP_ENCRYPTED = "The mail is encrypted (PGP): its words can be read with the recipient's key only."
INVITATION = "The mail holds an invitation: the appointment is in the attached calendar file."
OUTLOOK = "An attachment in Outlook's own format (winmail.dat) couldn't be opened; it is kept as it came."


def open_signature(root: Part, content: Content) -> None:
    """Adds what the first signature (S/MIME) holds that is part of a mail; the signature stays beside it as a file."""
    packed = [*parts_of_type(root, "application/pkcs7-mime"), *parts_of_type(root, "application/x-pkcs7-mime")]
    for part in packed[:_MOST_SIGNATURES]:
        held = signed_content(octets(part)[0])
        if held is not None and _PART_OF_MAIL.match(held):
            _add(content, parse(held))
            return
        if held is None:
            signed = "signed" in part.parameters.get("smime-type", "").lower()
            content.problems.append(SMIME_SIGNED if signed else SMIME_ENCRYPTED)


def _add(content: Content, root: Part) -> None:
    inner = content_of(root)
    if content.html or inner.html:
        content.html = "\n".join(each.html or as_html(each.text) for each in (content, inner))
    content.texts = within_limit(tuple(text for text in (*content.texts, *inner.texts) if text.strip()))
    content.attachments.extend(inner.attachments)
    content.problems.extend((*root.problems, *inner.problems))


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
            opened.extend(_file(name, held) for name, held in packed.files[:MAX_FILES])
            if not content.text.strip():
                content.html, _ = clean(_text(packed.html)) if packed.html else ("", "")
                content.texts = (_text(packed.text) or stripped(content.html),)
    content.attachments = opened


def _file(name: bytes | str, held: bytes) -> Attachment:
    written = _text(name).replace("\n", " ").strip()[:255]
    media_type = mimetypes.guess_type(written)[0] or "application/octet-stream"
    return Attachment(filename=written, media_type=media_type, content=held)


def _text(value: bytes | str) -> str:
    text = decode(value[:MAX_TEXT], "")[0] if isinstance(value, bytes) else value[:MAX_TEXT]
    return printable(text.replace("\r\n", "\n"))


def remarks(root: Part, text: str) -> list[str]:
    """What a caseworker should know of how the mail is wrapped."""
    found: list[str] = []
    if root.media_type == "multipart/encrypted" or text.lstrip().startswith("-----BEGIN PGP MESSAGE-----"):
        found.append(PGP_ENCRYPTED)
    calendars = [part for part in leaves(root) if part.media_type in ("text/calendar", "application/ics")]
    if any(part.parameters.get("method", "request").lower() == "request" for part in calendars):
        found.append(INVITATION)
    return list(dict.fromkeys(found))
