"""Attachments, recordings, and what couldn't be read."""

import pytest
from sqlmodel import Session, select

from hub.actions._arrivals import StoredFile
from hub.actions.updates import keep_unreadable
from hub.files import store
from hub.models import Unreadable
from tests.console.forms import words
from tests.console.people import Council, Person


async def sent_file(council: Council, ann: Person, name: str, media_type: str, content: bytes = b"content") -> str:
    """The address of a file that a citizen sent."""
    sha256 = store(council.settings.files_dir, content)
    file = StoredFile(filename=name, media_type=media_type, size=len(content), sha256=sha256)
    html = await ann.see(await council.case("missed bin", files=(file,)))
    return html.partition('<a href="/attachments/')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("name", "media_type", "served_as", "disposition"),
    [
        ("photo.jpg", "image/jpeg", "image/jpeg", "inline"),
        ("call.wav", "audio/wav", "audio/wav", "inline"),
        ("page.html", "text/html", "application/octet-stream", "attachment"),
        ("drawing.svg", "image/svg+xml", "application/octet-stream", "attachment"),
        ("letter.pdf", "application/pdf", "application/octet-stream", "attachment"),
    ],
)
async def test_only_harmless_files_are_shown_the_rest_is_downloaded(
    council: Council, ann: Person, name: str, media_type: str, served_as: str, disposition: str
) -> None:
    number = await sent_file(council, ann, name, media_type)
    assert await ann.see(f"/attachments/{number}") == "content"
    assert ann.page is not None
    assert ann.page.headers["content-type"] == served_as
    assert ann.page.headers["content-disposition"].startswith(disposition)
    assert ann.page.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in ann.page.headers["content-security-policy"]


async def test_a_files_odd_name_stays_whole_and_breaks_no_header(council: Council, ann: Person) -> None:
    number = await sent_file(council, ann, 'böse\r\n"x".txt', "text/plain")
    await ann.see(f"/attachments/{number}")
    assert ann.status == 200
    assert ann.page is not None
    assert "b%C3%B6se" in ann.page.headers["content-disposition"]


async def test_a_recording_plays_on_the_page(council: Council, ann: Person) -> None:
    number = await sent_file(council, ann, "call.wav", "audio/wav")
    assert ann.page is not None
    assert f'controls preload="none" src="/attachments/{number}"' in ann.page.text
    part = await ann.see(f"/attachments/{number}", headers={"Range": "bytes=2-3"})
    assert (ann.status, part) == (206, "nt")


async def test_files_are_for_signed_in_people(council: Council, ann: Person) -> None:
    number = await sent_file(council, ann, "photo.jpg", "image/jpeg")
    visitor = await council.visitor()
    assert "Sign in to the contact hub" in words(await visitor.see(f"/attachments/{number}"))


async def test_a_file_that_is_not_there_is_told(ann: Person) -> None:
    await ann.see("/attachments/123")
    assert ann.status == 404


async def test_leaders_see_what_could_not_be_read_and_why(council: Council) -> None:
    lea = await council.person("lea")
    assert "Everything that arrived could be read." in await lea.see("/unreadable")
    entry = council.town.directory.inbox_by_name["sms", "main"]
    raw = b"<script>alert(1)</script>\xff\x00"
    await council.db.write(keep_unreadable, entry.id, raw, "text/plain", "It has no MessageSid.")
    html = await lea.see("/unreadable")
    assert "It has no MessageSid." in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html
    number = await council.db.read(_only_unreadable)
    await lea.see(f"/unreadable/{number}")
    assert lea.page is not None
    assert lea.page.content == raw
    assert lea.page.headers["content-disposition"].startswith("attachment")


def _only_unreadable(session: Session) -> int:
    return session.exec(select(Unreadable.id)).one()


async def test_other_caseworkers_hear_who_may(ann: Person) -> None:
    read = words(await ann.see("/unreadable"))
    assert ann.status == 403
    assert "Team leaders and administrators see what couldn't be read." in read


# --- style sheets and scripts ------------------------------------------------------------------------------


async def test_assets_are_kept_for_a_year_under_their_own_hash_only(council: Council, ann: Person) -> None:
    assert ann.page is not None
    path = ann.page.text.partition('<script type="module" src="')[2].partition('"')[0]
    script = await ann.http.get(path)
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "javascript" in script.headers["content-type"]
    old = await ann.http.get("/static/000000000000/js/console.js")
    assert old.headers["cache-control"] == "no-cache"
    assert (await ann.http.get("/static/x/../../templates/base.html")).status_code == 404
