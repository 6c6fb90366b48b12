"""What is shown of strangers' mails and files, as pure functions: hosts, dangers, small pictures, moments."""

import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import ExifTags, Image

from hub.errors import NotFound
from hub.files.store import FolderFiles
from hub.web.console.case.later import later, moment_of
from hub.web.console.files.dangers import danger_of
from hub.web.console.files.mail_frame import with_hosts
from hub.web.console.files.thumbnails import LONGEST_SIDE, thumbnail
from hub.web.console.words import Wording

SAY = Wording(zone=ZoneInfo("Europe/London"), country="GB", now=datetime(2026, 3, 27, 18, 30, tzinfo=UTC))  # a Friday


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ('<a href="https://evil.example/x" rel="noopener noreferrer">www.bank.example</a>', "(evil.example)"),
        ('<a href="https://evil.example/x">https://bank.example</a>', "(evil.example)"),
        ('<a href="https://bank.example@evil.example/">bank.example</a>', "(evil.example)"),
        ('<a href="https://bank.example/pay">bank.example</a>', ""),
        ('<a href="https://bank.example/pay">https://bank.example/pay</a>', ""),
        ('<a href="https://bank.example/pay"><b>Pay</b></a>', "(bank.example)"),
        ('<a href="mailto:a@b.example">write</a>', "(a@b.example)"),
        ('<a href="tel:+441632960100">call</a>', ""),
        ('<a href="https://[broken/">x</a>', "(a broken address)"),
        (f'<a href="https://ü{"a" * 80}.example/">x</a>', "(a broken address)"),
        ('<a href="https://ü..example/">x</a>', "(a broken address)"),
        ('<a href="https://bücher.example/">x</a>', "(xn--bcher-kva.example)"),
        ('<a href="https://faß.example/">x</a>', "(xn--fa-hia.example)"),  # another domain than fass.example
        ('<a href="https://evil.example\\@bank.example/">bank.example</a>', "(evil.example)"),
        ('<a href="https:///evil.example/">bank.example</a>', "(evil.example)"),
        ('<a href="https://bank.example@evil.example/">https://bank.example@evil.example/</a>', "(evil.example)"),
        ('<a title=" href=" href="https://evil.example/">bank.example</a>', "(evil.example)"),
    ],
)
def test_a_link_says_where_it_leads_unless_its_words_do(html: str, told: str) -> None:
    shown = with_hosts(html)
    assert (told in shown) if told else ('class="host"' not in shown)
    assert 'target="_blank" rel="noopener noreferrer">' in shown
    assert shown.count("rel=") == 1


def test_a_link_inside_another_says_where_it_leads_too() -> None:
    inner = '<a href="https://evil.example/" rel="noopener noreferrer">bank.example</a>'
    shown = with_hosts(f'<a href="https://bank.example/"><table><tr><td>{inner}</td></tr></table></a>')
    assert shown.count('target="_blank"') == 2
    assert 'bank.example</a> <small class="host">(evil.example)</small></td>' in shown


@pytest.mark.parametrize(
    ("name", "media_type", "word"),
    [
        ("setup.exe", "application/octet-stream", "a program"),
        ("invoice.pdf.exe", "application/pdf", "pretends to be a pdf"),
        ("invoice.pdf .SCR ", "application/pdf", "pretends"),
        ("report.docm", "application/octet-stream", "macros"),
        ("council.rdp", "application/octet-stream", "a program"),  # lets somebody else's machine in
        ("papers.settingcontent-ms", "text/xml", "a program"),
        ("page.HTML", "text/plain", "script"),
        ("drawing", "image/svg+xml", "script"),
        ("all.zip", "application/zip", "packed"),
        ("run", "application/x-msdownload", "a program"),
        ("letter.pdf", "application/pdf", ""),
        ("photo.jpg", "image/jpeg", ""),
        ("", "", ""),
    ],
)
def test_what_can_do_harm_is_named(name: str, media_type: str, word: str) -> None:
    found = danger_of(name, media_type)
    assert (word in found) if word else (found == "")


def picture(size: tuple[int, int], kind: str = "JPEG", mode: str = "RGB") -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, "green").save(made, kind)
    return made.getvalue()


def test_a_large_picture_is_shown_small_and_made_once(tmp_path: Path) -> None:
    files, folder = FolderFiles(tmp_path / "files"), tmp_path / "small"
    sha256 = files.store(picture((3000, 1500)))
    path = thumbnail(files, sha256, folder)
    with Image.open(path) as small:
        assert (small.format, small.size) == ("WEBP", (LONGEST_SIDE, LONGEST_SIDE // 2))
    made = path.stat().st_mtime_ns
    assert thumbnail(files, sha256, folder).stat().st_mtime_ns == made


def with_odd_exif() -> bytes:
    """A picture to be turned, whose width is said in letters: the maker's name is made into it."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Make] = 6, "x"
    made = io.BytesIO()
    Image.new("RGB", (40, 40)).save(made, "JPEG", exif=exif)
    return made.getvalue().replace(b"\x01\x0f\x00\x02", b"\x01\x00\x00\x02")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        picture((40, 40))[:100],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture((9000, 9000), "PNG", "1"),
        with_odd_exif(),
    ],
    ids=["empty", "text", "broken", "svg", "bomb", "odd exif"],
)
def test_what_is_no_picture_or_a_bomb_has_no_small_one(tmp_path: Path, content: bytes) -> None:
    files = FolderFiles(tmp_path / "files")
    with pytest.raises(NotFound):
        thumbnail(files, files.store(content), tmp_path / "small")


def test_moments_to_put_off_until_are_mornings_of_the_councils_clock() -> None:
    offered = [each.value for each in later(SAY)]
    assert offered[0] == "2026-03-27T19:30:00+00:00"
    assert offered[2] == "2026-03-30T09:00:00+01:00"  # summer time has begun
    assert moment_of("", "2026-07-01T09:00", SAY) == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert moment_of(offered[1], "", SAY) == datetime(2026, 3, 28, 9, tzinfo=UTC)
    assert (moment_of("", "", SAY), moment_of("soon", "", SAY)) == (None, None)
