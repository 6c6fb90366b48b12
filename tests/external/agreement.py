"""Do two readings of a mail agree? But for white space, and for what is told as a convention and named here."""

import hashlib
import re
from dataclasses import dataclass
from unicodedata import category

from channels.email.understanding.charsets import decode
from channels.email.understanding.cleaning import stripped
from channels.email.understanding.mail import Attachment, Mail
from channels.email.understanding.parsing import understand
from channels.email.understanding.uuencoding import uu_taken_out
from tests.external.collections import Expected, File

_LONGEST_TITLE = 60  # letters
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")


@dataclass(frozen=True, slots=True)
class Agreement:
    subject: bool
    sender: bool
    text: bool
    files: bool


def agreement(mail: Mail, expected: Expected) -> Agreement:
    """What others don't say counts as agreed; a byte that they gave up on (U+FFFD) may be any letter of ours."""
    return Agreement(
        subject=expected.subject is None or same(mail.subject, expected.subject),
        sender=expected.sender is None
        or (mail.sender.address if mail.sender else "").lower() == expected.sender.lower(),
        text=expected.text is None or _same_text(mail, expected),
        files=expected.files is None or _same_files(mail, expected.files),
    )


def same(ours: str, theirs: str) -> bool:
    a, b = letters(ours), letters(theirs)
    return len(a) == len(b) and all(y in (x, "\ufffd") for x, y in zip(a, b, strict=True))


def letters(text: str) -> str:
    """Without white space and what can't be seen."""
    return "".join(each for each in text if not each.isspace() and category(each) not in ("Cc", "Cf"))


def _same_text(mail: Mail, expected: Expected) -> bool:
    """Conventions: theirs may be the HTML, with its markup; may keep uuencoded files inside; may take text parts
    without a name for files, where ours puts them into the text one after the other; may go on with the words of the
    mails inside, which are files of ours; may have dropped every letter that isn't ASCII, or read UTF-8 as Latin-1."""
    told = expected.text or ""
    inside = [words for each in mail.attachments for words in _inside(each)]
    ours = [mail.text, stripped(mail.html), "\n".join([mail.text, *inside])]
    ours += [mail.text.encode().decode("latin-1")] if any("\x80" <= each <= "\xff" for each in told) else []
    ours += [mail.text.encode("ascii", "ignore").decode()] if told.isascii() else []
    loose = [_told(each) for each in expected.files or () if each.is_text and not each.name]
    without_files = uu_taken_out(told.encode())[0].decode("utf-8", "replace")
    theirs = [told, "\n".join([told, *loose]), without_files]
    if _MARKUP.search(told):
        theirs.append(stripped(told))
    if "+A" in told and told.isascii():
        theirs.append(told.encode().decode("utf-7", "replace"))  # they have left it as it travelled
    return any(same(one, other) or _below_title(one, other) for one in ours for other in theirs)


def _inside(attachment: Attachment) -> list[str]:
    """The words of a mail that is an attachment, and of those in it."""
    if attachment.media_type != "message/rfc822":
        return []
    enclosed = understand(attachment.content)
    return [enclosed.text, *(words for each in enclosed.attachments for words in _inside(each))]


def _below_title(ours: str, theirs: str) -> bool:
    """A page's title, which no mail program shows, stands before their text."""
    words, theirs = letters(ours), letters(theirs)
    return bool(words) and theirs.endswith(words) and len(theirs) - len(words) <= _LONGEST_TITLE


def _same_files(mail: Mail, files: tuple[File, ...]) -> bool:
    """Each of theirs is there with its name and content; those inside an attached mail count."""
    left = [each for attached in mail.attachments for each in _with_inside(attached)]
    for file in files:
        found = next((each for each in left if _is(each, file)), None)
        if found is not None and (file.content is not None or file.sha256):
            left.remove(found)  # a name alone may be told twice: of the part's kind, and of its place
        elif found is not None:
            continue
        elif not _is_in_text(mail, file):
            return False
    return True


def _with_inside(attachment: Attachment) -> list[Attachment]:
    if attachment.media_type != "message/rfc822":
        return [attachment]
    enclosed = understand(attachment.content).attachments
    return [attachment, *(each for attached in enclosed for each in _with_inside(attached))]


def _is(ours: Attachment, theirs: File) -> bool:
    if theirs.name and ours.filename and not same(ours.filename, theirs.name):
        return False
    if theirs.content is None:
        return same(ours.filename, theirs.name) if not theirs.sha256 else theirs.sha256 in _sums(ours.content)
    if _plain(ours.content) == _plain(theirs.content):
        return True
    if ours.media_type == "message/rfc822" and _plain(ours.content).split() == _plain(theirs.content).split():
        return True  # they write a mail inside anew, its header folded otherwise
    unpacked = uu_taken_out(theirs.content)[1]
    if unpacked and _plain(unpacked[0].content) == _plain(ours.content):
        return True
    readings = (decode(ours.content, "")[0], ours.content.decode("latin-1"))
    return theirs.is_text and any(same(each, _told(theirs)) for each in readings)


def _is_in_text(mail: Mail, file: File) -> bool:
    """An empty part, or a text part without a name that ours shows as text."""
    if file.content is None:
        return False
    told = letters(_told(file))
    return not told or (file.is_text and told in letters(mail.text))


def _told(file: File) -> str:
    return (file.content or b"").decode("utf-8", "replace")


def _sums(content: bytes) -> set[str]:
    """Of the bytes as they came, and with the line ends that others may have made of them."""
    lines = content.replace(b"\r\n", b"\n")
    forms = (content, lines, lines.replace(b"\n", b"\r\n"), lines.rstrip(b"\n"))
    return {hashlib.sha256(form).hexdigest() for form in forms}


def _plain(content: bytes) -> bytes:
    """Line ends don't count: collections are kept in version control."""
    return content.replace(b"\r\n", b"\n").strip()
