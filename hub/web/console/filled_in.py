"""A form as somebody filled it in: its fields, and the files that came with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

MAX_FIELDS = 1000  # a rule's form has some for each of its conditions
MAX_FILES = 50


class StrangeForm(ValueError):
    """It isn't one that a page of ours sends."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file from a form."""

    filename: str
    media_type: str
    content: bytes = field(repr=False)


class FilledIn(dict[str, str]):
    """The fields, the last of each name; `files` in their order."""

    files: tuple[HandedIn, ...] = ()


async def filled_in(request: Request) -> FilledIn:
    """Of a urlencoded or multipart body; the route bounds its size. Raises StrangeForm."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        try:
            fields = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
        except (UnicodeDecodeError, ValueError):
            raise StrangeForm from None
        return FilledIn(fields)
    try:
        async with request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS) as form:
            sent = FilledIn({name: value for name, value in form.multi_items() if isinstance(value, str)})
            sent.files = tuple(
                [await _handed_in(value) for _, value in form.multi_items() if isinstance(value, UploadFile)]
            )
    except HTTPException as error:
        if error.status_code == 413:
            raise
        raise StrangeForm from None
    sent.files = tuple(file for file in sent.files if file.filename)
    return sent


async def _handed_in(upload: UploadFile) -> HandedIn:
    media_type = (upload.content_type or "").partition(";")[0].strip().lower()
    return HandedIn(upload.filename or "", media_type, await upload.read())


def numbers(sent: Mapping[str, str], prefix: str) -> tuple[int, ...]:
    """The ids of fields named PREFIX-ID, in the form's order."""
    written = (name.removeprefix(prefix) for name in sent if name.startswith(prefix))
    return tuple(int(each) for each in written if each.isascii() and each.isdigit() and len(each) < 20)
