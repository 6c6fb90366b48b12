"""Files are handed out as downloads that no browser opens by itself."""

from typing import Any

import pytest

from channels.contract import RemoteFile
from hub.actions.intake.arrivals import StoredFile
from hub.files.store import FolderFiles
from hub.web.handing_out import safe_name
from tests.api.conftest import Api

CONTENT = b"\x89PNG and so on" * 9000


async def attached(api: Api, filename: str, media_type: str, content: bytes = CONTENT) -> int:
    """The id of a stored attachment."""
    sha256 = FolderFiles(api.settings.files_dir).store(content)
    stored = StoredFile(filename=filename, media_type=media_type, size=len(content), sha256=sha256)
    return await first_attachment(api, files=(stored,))


async def first_attachment(api: Api, **message: Any) -> int:
    mine = (await api.town.say("look", **message)).reference
    case = (await api.ann.get(f"/api/v1/cases/{mine}")).json()
    attachment_id: int = case["messages"][-1]["attachments"][0]["id"]
    return attachment_id


SERVED = [
    ("bin.png", "image/png", 'attachment; filename="bin.png"', "image/png"),
    ("straße.pdf", "application/pdf", "attachment; filename*=utf-8''stra%C3%9Fe.pdf", "application/pdf"),
    ("page.html", "text/html", 'attachment; filename="page.html"', "application/octet-stream"),
    ("x.svg", "image/svg+xml", 'attachment; filename="x.svg"', "application/octet-stream"),
    ('a"\r\nX: y', "a/b", "attachment; filename*=utf-8''a%22__X%3A%20y", "application/octet-stream"),
]


async def test_a_file_is_a_download(api: Api) -> None:
    for filename, media_type, disposition, served_as in SERVED:
        answered = await api.ann.get(f"/api/v1/attachments/{await attached(api, filename, media_type)}")

        assert (answered.status_code, answered.content) == (200, CONTENT)
        assert answered.headers["content-disposition"] == disposition
        assert answered.headers["content-type"].partition(";")[0] == served_as
        assert answered.headers["x-content-type-options"] == "nosniff"
        assert answered.headers["cache-control"] == "private, no-store"


async def test_a_part_of_a_recording_may_be_asked_for(api: Api) -> None:
    attachment_id = await attached(api, "call.wav", "audio/wav")

    answered = await api.ann.get(f"/api/v1/attachments/{attachment_id}", headers={"Range": "bytes=1-3"})

    assert (answered.status_code, answered.content) == (206, b"PNG")


async def test_the_original_of_a_mail_is_a_download_like_any_other(api: Api) -> None:
    raw = b"From: jo@example.org\r\n\r\nlook"
    kept = StoredFile(
        filename="original.eml", media_type="message/rfc822", size=28, sha256="0" * 64, disposition="raw", content=raw
    )
    case = (await api.town.say("look", files=(kept,))).reference
    original = (await api.ann.get(f"/api/v1/cases/{case}")).json()["messages"][-1]["original"]

    whole = await api.ann.get(f"/api/v1/attachments/{original['id']}")
    part = await api.ann.get(f"/api/v1/attachments/{original['id']}", headers={"Range": "bytes=-4"})

    assert (whole.status_code, whole.content) == (200, raw)
    assert whole.headers["content-disposition"] == 'attachment; filename="original.eml"'
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"look", "bytes 24-27/28")


async def test_a_mail_is_told_with_what_it_quotes_beside_its_own_words(api: Api) -> None:
    raw = b"From: jo@example.org\r\n\r\nThe green one.\r\n\r\nOn 23 Nov 2026, at 10:15, Anytown wrote:\r\n> Which bin?"
    kept = StoredFile(
        filename="original.eml", media_type="message/rfc822", size=9, sha256="0" * 64, disposition="raw", content=raw
    )
    case = (await api.town.say("The green one.", files=(kept,))).reference
    message = (await api.ann.get(f"/api/v1/cases/{case}")).json()["messages"][-1]["id"]
    plain = (await api.town.say("look", sender="+447700900777")).reference
    text = (await api.ann.get(f"/api/v1/cases/{plain}")).json()["messages"][-1]["id"]

    told = (await api.ann.get(f"/api/v1/cases/{case}/messages/{message}/whole")).json()
    same = (await api.ann.get(f"/api/v1/cases/{plain}/messages/{text}/whole")).json()

    assert told["text"] == "The green one."
    assert told["whole_text"].endswith("wrote:\n> Which bin?")
    assert same == {"id": text, "text": "look", "whole_text": "look"}
    assert (await api.ann.get(f"/api/v1/cases/{plain}/messages/{message}/whole")).status_code == 404


async def test_a_file_that_is_still_on_its_way_is_not_found(api: Api) -> None:
    remote = RemoteFile(ref="https://provider.example/1", filename="call.wav", media_type="audio/wav")

    answered = await api.ann.get(f"/api/v1/attachments/{await first_attachment(api, remote_files=(remote,))}")

    assert (answered.status_code, answered.json()["code"]) == (404, "not_found")
    assert "provider" in answered.json()["detail"]


async def test_no_such_attachment_is_not_found(api: Api) -> None:
    for unknown in ("0", "99", "9" * 19, "9" * 40, "-1", "x", "²"):
        assert (await api.ann.get(f"/api/v1/attachments/{unknown}")).status_code == 404
        assert (await api.ann.get(f"/api/v1/contacts/{unknown}")).status_code == 404
        assert (await api.ann.get(f"/api/v1/contacts/{unknown}/flags")).status_code == 404
        assert (await api.of("lea@anytown.example").get(f"/api/v1/unreadables/{unknown}")).status_code == 404


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("a.txt", "a.txt"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\x\n", "C:_x_"),
        ("", "attachment"),
        ("..", "attachment"),
    ],
)
def test_a_name_is_only_a_name(filename: str, expected: str) -> None:
    assert safe_name(filename) == expected
