"""Do two readings of a mail agree? But for white space, and for what is told as a convention and named here."""

import re
from dataclasses import dataclass
from unicodedata import category

from channels.email.charsets import decode
from channels.email.cleaning import stripped
from channels.email.mail import Attachment, Mail
from channels.email.uuencoding import uu_taken_out
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
    without a name for files, where ours puts them into the text one after the other."""
    told = expected.text or ""
    ours = (mail.text, stripped(mail.html))
    loose = [each.content.decode("utf-8", "replace") for each in expected.files or () if each.is_text and not each.name]
    without_files = uu_taken_out(told.encode())[0].decode("utf-8", "replace")
    theirs = [told, "\n".join([told, *loose]), without_files]
    if _MARKUP.search(told):
        theirs.append(stripped(told))
    if "+A" in told and told.isascii():
        theirs.append(told.encode().decode("utf-7", "replace"))  # they have left it as it travelled
    return any(same(one, other) or _below_title(one, other) for one in ours for other in theirs)


def _below_title(ours: str, theirs: str) -> bool:
    """A page's title, which no mail program shows, stands before their text."""
    words, theirs = letters(ours), letters(theirs)
    return bool(words) and theirs.endswith(words) and len(theirs) - len(words) <= _LONGEST_TITLE


def _same_files(mail: Mail, files: tuple[File, ...]) -> bool:
    """Each of theirs is there with its name and content."""
    left = list(mail.attachments)
    for file in files:
        found = next((each for each in left if _is(each, file)), None)
        if found is not None:
            left.remove(found)
        elif not _is_in_text(mail, file):
            return False
    return True


def _is(ours: Attachment, theirs: File) -> bool:
    if theirs.name and ours.filename and not same(ours.filename, theirs.name):
        return False
    if _plain(ours.content) == _plain(theirs.content):
        return True
    unpacked = uu_taken_out(theirs.content)[1]
    if unpacked and _plain(unpacked[0].content) == _plain(ours.content):
        return True
    readings = (decode(ours.content, "")[0], ours.content.decode("latin-1"))
    return theirs.is_text and any(same(each, theirs.content.decode("utf-8", "replace")) for each in readings)


def _is_in_text(mail: Mail, file: File) -> bool:
    """An empty part, or a text part without a name that ours shows as text."""
    told = letters(file.content.decode("utf-8", "replace"))
    return not told or (file.is_text and told in letters(mail.text))


def _plain(content: bytes) -> bytes:
    """Line ends don't count: collections are kept in version control."""
    return content.replace(b"\r\n", b"\n").strip()
