"""HTML from strangers runs nothing, loads nothing and takes no time."""

import pytest

from channels.email.understanding.cleaning import as_html, clean, to_text
from channels.email.understanding.parsing import understand
from tests.channels.email.mails import mail_of


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<scr<script>ipt>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" java\nscript:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
        "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
        "<form action=https://evil.example><input name=password></form>",
        '<iframe src="https://evil.example"></iframe>',
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        "<style>body{background:url(https://evil.example)}</style>",
        '<p style="background:url(https://evil.example)">x</p>',
        '<td background="https://evil.example">x</td>',
        '<img srcset="https://evil.example/pixel.gif 1x">',
        '<base href="https://evil.example">',
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
        "<!--><img src=x onerror=alert(1)>-->",
        '<link rel=stylesheet href="https://evil.example">',
        '<object data="https://evil.example"></object>',
    ],
)
def test_nothing_hostile_is_left(hostile: str) -> None:
    cleaned = clean(f"<p>before</p>{hostile}")[0].lower()

    left = [
        word
        for word in ("script", "onerror", "onload", "evil.example", "<svg", "<math", "<form", "style")
        if word in cleaned
    ]
    assert left == []
    assert "before" in cleaned


def test_a_remote_picture_is_remembered_and_not_loaded() -> None:
    cleaned = clean('<img src="https://evil.example/pixel.gif" data-remote="javascript:alert(1)" alt="a map">')[0]

    assert 'data-remote="https://evil.example/pixel.gif"' in cleaned
    assert (cleaned.count("evil.example"), "src" in cleaned, "script" in cleaned) == (1, False, False)


@pytest.mark.parametrize("href", ["/admin", "x.html", "//evil.example", "\N{LINE SEPARATOR}javascript:alert(1)"])
def test_a_link_that_is_whole_in_no_mail_leads_nowhere(href: str) -> None:
    assert "href" not in clean(f'<a href="{href}">x</a>')[0]


def test_links_open_safely_and_images_that_came_along_stay() -> None:
    cleaned = clean('<a href="https://a.example">a</a><img src="cid:1@x" alt="map">')[0]

    assert 'href="https://a.example" rel="noopener noreferrer"' in cleaned
    assert 'src="cid:1@x"' in cleaned


@pytest.mark.parametrize(
    "heavy",
    [
        "<div>" * 200_000,
        "".join(f"<b id={n}><table><td></b></td></table>" for n in range(8_000)),
        "".join(f"<b id={n}><select></b></select>" for n in range(8_000)),
        "".join(f'<b title="</b>" id={n}>' for n in range(8_000)),
        "<a href=x>" * 29_000,
        "<p>" * 600_000,
    ],
)
def test_what_would_take_long_is_shown_as_plain_text(heavy: str) -> None:
    cleaned, why = clean(f"{heavy}words")

    assert "plain text" in why
    assert "words" in cleaned


def test_text_becomes_paragraphs_without_markup() -> None:
    assert as_html("one <b>\ntwo\n\n\nthree & four") == "<p>one &lt;b&gt;<br>two</p><p>three &amp; four</p>"


def test_html_becomes_text_with_its_lines() -> None:
    assert to_text("<p>Dear council</p><ul><li>bin</li><li>lamp</li></ul>").split() == [
        "Dear", "council", "*", "bin", "*", "lamp",
    ]  # fmt: skip


def test_html_becomes_text_without_the_margin_and_the_emptiness_of_its_layout() -> None:
    empty = "<tr><td><br></td></tr>" * 9

    text = to_text(f"<ul><li>bin</li></ul><table>{empty}</table><ul><li>lamp</li></ul>")

    assert text == "* bin\n\n\n* lamp"


def test_quotes_of_html_have_their_signs_and_what_is_only_indented_has_none() -> None:
    quote = '<blockquote type="CITE" onclick="x">Which bin?<blockquote class="gmail_quote">Hi</blockquote></blockquote>'

    cleaned, _ = clean(f'{quote}The green one.<blockquote style="border:none">1 Elm Road</blockquote>')

    assert to_text(cleaned) == "> Which bin?\n>> Hi\nThe green one.\n1 Elm Road"


def test_the_own_words_of_a_page_are_those_between_its_quotes() -> None:
    page = "<p>At 10:15 on 23 Nov 2026 you wrote:</p><blockquote type=cite>Which bin?</blockquote><p>The green one.</p>"

    assert mail_of(page, content_type="text/html").reply_text == "The green one."


def test_a_mail_of_markup_alone_shows_no_markup() -> None:
    mail = understand(b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n<style>p{}</style><script>x</script>")

    assert (mail.html, mail.text) == ("", "")
