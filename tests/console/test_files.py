"""Attachments, recordings, and what couldn't be read."""

from itertools import count

from sqlmodel import Session, select

from channels.contract import MessageUpdate
from hub.actions.intake.arrivals import StoredFile
from hub.actions.intake.updates import apply_message_update, keep_unreadable
from hub.files.store import FolderFiles
from hub.models import Unreadable
from tests.console.forms import words
from tests.console.people import Council, Person

_senders = count(1)

RECORDING = StoredFile(filename="call.wav", media_type="audio/wav", size=5, sha256="0" * 64)


async def sent_file(council: Council, ann: Person, name: str, media_type: str, content: bytes = b"content") -> str:
    """The number of a file that a citizen sent, whose case is open then; each comes from another citizen."""
    sha256 = FolderFiles(council.settings.files_dir).store(content)
    file = StoredFile(filename=name, media_type=media_type, size=len(content), sha256=sha256)
    html = await ann.see(await council.case("missed bin", f"+4477009{next(_senders):05}", files=(file,)))
    return html.partition('<a href="/attachments/')[2].partition('"')[0]


async def test_every_file_is_a_download_and_only_harmless_ones_keep_their_type(council: Council, ann: Person) -> None:
    for name, media_type, served_as in (
        ("photo.jpg", "image/jpeg", "image/jpeg"),
        ("call.wav", "audio/wav", "audio/wav"),
        ("page.html", "text/html", "application/octet-stream"),
        ("drawing.svg", "image/svg+xml", "application/octet-stream"),
        ("letter.pdf", "application/pdf", "application/octet-stream"),
    ):
        number = (await sent_file(council, ann, name, media_type)).partition("/")[0]
        assert await ann.see(f"/attachments/{number}") == "content", name
        assert ann.page is not None
        assert ann.page.headers["content-type"] == served_as, name
        assert ann.page.headers["content-disposition"].startswith("attachment"), name
        assert ann.page.headers["x-content-type-options"] == "nosniff", name
        assert "sandbox" in ann.page.headers["content-security-policy"], name


async def test_a_picture_is_shown_alone_in_a_page_and_nothing_else_is(council: Council, ann: Person) -> None:
    number = (await sent_file(council, ann, "photo.jpg", "image/jpeg")).partition("/")[0]
    html = await ann.see(f"/attachments/{number}/picture")
    assert f'<img src="/attachments/{number}"' in html
    assert "photo.jpg" in html
    await ann.see(f"/attachments/{await sent_file(council, ann, 'drawing.svg', 'image/svg+xml')}/picture")
    assert ann.status == 404


async def test_a_files_odd_name_stays_whole_and_breaks_no_header(council: Council, ann: Person) -> None:
    number = await sent_file(council, ann, 'böse\r\n"x".txt', "text/plain")
    await ann.see(f"/attachments/{number}")
    assert ann.status == 200
    assert ann.page is not None
    assert "b%C3%B6se" in ann.page.headers["content-disposition"]


async def test_what_a_mail_programs_own_file_is_for_stands_beside_it(council: Council, ann: Person) -> None:
    for name, media_type, told in (
        ("smime.p7s", "application/pkcs7-signature", "the sender’s digital signature, which the hub doesn’t check"),
        ("signature.asc", "application/pgp-signature", "the sender’s digital signature"),
        ("winmail.dat", "application/ms-tnef", "Outlook’s wrapping: files that were in it stand beside it"),
        ("attachment.pgp", "application/pgp-encrypted", "says only that the mail is encrypted"),
        ("plan.pdf", "application/pdf", "plan.pdf 7 bytes"),
    ):
        await sent_file(council, ann, name, media_type)
        assert ann.page is not None
        assert told in words(ann.page.text), name


async def test_an_original_that_the_scanner_has_not_seen_says_so(council: Council, ann: Person) -> None:
    original = StoredFile(
        filename="original.eml", media_type="message/rfc822", size=9, sha256="0" * 64, disposition="raw", held=True
    )
    page = await ann.see(await council.case("Hello", "joe@example.org", channel="email", files=(original,)))
    assert "Original as it arrived waits for the virus scanner" in words(page)


async def test_a_recording_plays_on_the_page(council: Council, ann: Person) -> None:
    number = await sent_file(council, ann, "call.wav", "audio/wav")
    assert ann.page is not None
    assert f'controls preload="none" src="/attachments/{number}"' in ann.page.text
    part = await ann.see(f"/attachments/{number}", headers={"Range": "bytes=2-3"})
    assert (ann.status, part) == (206, "nt")


async def test_a_transcript_is_to_be_checked_only_where_there_is_a_recording(council: Council, ann: Person) -> None:
    entry = council.town.directory.inbox_by_name["voice", "main"]
    labels: dict[tuple[StoredFile, ...], str] = {
        (): "a machine the bins again",
        (RECORDING,): "a machine: check it against the recording the bins again",
    }
    for number, (files, label) in enumerate(labels.items()):
        call = f"CA{number}"
        case = await council.case("Voicemail", f"+44770090012{number}", channel="voice", external_id=call, files=files)
        update = MessageUpdate(channel="voice", inbox="main", external_id=call, transcript="the bins again")
        await council.db.write(apply_message_update, entry.id, update)
        assert f"Draft transcript, written by {label}" in words(await ann.see(case))


async def test_a_harmless_picture_is_shown_in_the_conversation(council: Council, ann: Person) -> None:
    for media_type, shown in (
        ("image/jpeg", True),
        ("image/png", True),
        ("image/svg+xml", False),
        ("text/html", False),
        ("audio/wav", False),
    ):
        number = await sent_file(council, ann, "sent", media_type)
        assert ann.page is not None
        assert (f'<img src="/attachments/{number}/thumbnail"' in ann.page.text) == shown, media_type
        assert ('alt="Picture from the citizen, ' in ann.page.text) == shown, media_type


# --- pictures within mails ---------------------------------------------------------------------------------


async def formatted(council: Council, ann: Person, html: str, *files: StoredFile) -> tuple[str, str]:
    """The case page of such a mail, and the mail as its frame shows it."""
    case = await council.case("missed bin", "joe@example.org", channel="email", html=html, files=files)
    page = await ann.see(case)
    return page, await ann.see("/cases/" + page.partition(' src="/cases/')[2].partition('"')[0])


def picture(council: Council, content_id: str, media_type: str = "image/png", content: bytes = b"dots") -> StoredFile:
    sha256 = FolderFiles(council.settings.files_dir).store(content)
    return StoredFile(
        filename="bin", media_type=media_type, size=len(content), sha256=sha256, content_id=content_id,
        disposition="inline",
    )  # fmt: skip


async def test_a_mails_own_pictures_stand_in_it(council: Council, ann: Person) -> None:
    for reference, content_id, media_type, shown in (
        ("cid:bin@mail.example", "bin@mail.example", "image/png", True),
        ("CID:bin@mail.example", "bin@mail.example", "image/gif", True),
        ("cid:a%20b&amp;c@mail.example", "a b&c@mail.example", "image/png", True),
        ("cid:other@mail.example", "bin@mail.example", "image/png", False),
        ("cid:bin@mail.example", "bin@mail.example", "image/svg+xml", False),
        ("cid:bin@mail.example", "bin@mail.example", "text/html", False),
    ):
        html = f'<p>See <img src="{reference}" alt="the bin"></p>'
        page, frame = await formatted(council, ann, html, picture(council, content_id, media_type))
        row = f"{reference} {media_type}"
        assert (f'<img src="data:{media_type};base64,ZG90cw==" alt="the bin">' in frame) == shown, row
        assert (f'src="{reference}"' in frame) != shown, row
        if shown and "%" not in reference and reference.islower():
            assert '<img src="/attachments/' not in page, row


async def test_a_plain_mail_is_shown_whole_with_what_it_quotes(council: Council, ann: Person) -> None:
    raw = b"From: joe@example.org\r\n\r\nThe green one.\r\n\r\nOn 1 Jan 2026, help@x.example wrote:\r\n> <b>Which?</b>"
    sha256 = FolderFiles(council.settings.files_dir).store(raw)
    original = StoredFile(
        filename="original.eml", media_type="message/rfc822", size=len(raw), sha256=sha256, disposition="raw"
    )
    case = await council.case("The green one.", "joe@example.org", channel="email", files=(original,))
    page = await ann.see(case)

    frame = await ann.see("/cases/" + page.partition(' src="/cases/')[2].partition('"')[0])

    assert "The whole mail, with what it quotes" in page
    assert "&gt; &lt;b&gt;Which?&lt;/b&gt;" in frame
    assert ann.page is not None
    assert "default-src 'none'" in ann.page.headers["content-security-policy"]


async def test_a_picture_that_no_mail_text_names_is_shown_below_it(council: Council, ann: Person) -> None:
    page, _ = await formatted(council, ann, "<p>See the picture</p>", picture(council, "photo@phone.example"))
    assert '<img src="/attachments/' in page


async def test_pictures_stand_in_a_mail_up_to_five_megabytes(council: Council, ann: Person) -> None:
    large = [picture(council, f"{number}@mail.example", content=bytes([number]) * 3_000_000) for number in (1, 2)]
    html = "".join(f'<img src="cid:{each.content_id}">' for each in (*large, large[0]))
    _, frame = await formatted(council, ann, html, *large)
    assert frame.count("data:image/png;base64,AQEB") == 2
    assert frame.count('src="cid:2@mail.example"') == 1


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


async def test_assets_are_kept_for_a_year_under_their_own_hash_only(ann: Person) -> None:
    await ann.see("/desk")
    assert ann.page is not None
    path = ann.page.text.partition('<script type="module" src="')[2].partition('"')[0]
    script = await ann.http.get(path)
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "javascript" in script.headers["content-type"]
    old = await ann.http.get("/static/000000000000/js/console.js")
    assert old.headers["cache-control"] == "no-cache"
    assert (await ann.http.get("/static/x/../../templates/base.html")).status_code == 404
