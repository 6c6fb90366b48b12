"""Who gets in, and what holds others back."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from hub.actions.council.people import start_sign_in
from hub.models import SignIn
from hub.models.base import utcnow
from hub.web.console.security import hashed, local_path
from tests.console.forms import words
from tests.console.people import PASSWORD, Council, Person, council_at_work

ANN = "ann@anytown.example"
WRONG = "The e-mail address or the password is wrong."


def stored_hashes(session: Session) -> list[str]:
    return list(session.exec(select(SignIn.token_hash)))


async def test_the_root_leads_to_the_desk(ann: Person) -> None:
    assert "<h1>My desk</h1>" in await ann.see("/")


async def test_whoever_is_signed_out_signs_in_and_comes_back_to_the_page(council: Council) -> None:
    visitor = await council.visitor()
    await visitor.see("/queues/waste?show=resolved")
    assert visitor.page is not None
    assert visitor.page.url.path == "/sign-in"
    html = await visitor.send("/sign-in", email=ANN, password=PASSWORD)
    assert visitor.page.url.raw_path == b"/queues/waste?show=resolved"
    assert "<h1>Waste</h1>" in html


async def test_the_cookie_is_random_and_only_its_hash_is_stored(council: Council) -> None:
    ann = await council.visitor()
    await ann.sign_in(ANN)
    cookie = ann.http.cookies["hub_session"]
    assert len(cookie) >= 43
    assert await council.db.read(stored_hashes) == [hashed(cookie)]


async def test_scripts_and_other_sites_never_get_the_cookie(council: Council) -> None:
    visitor = await council.visitor()
    await visitor.see("/sign-in")
    form = visitor.form("/sign-in")
    answer = await visitor.http.post("/sign-in", data={**form.fields, "email": ANN, "password": PASSWORD})
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("hub_session="))
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"} <= set(cookie.split("; "))


async def test_on_https_the_cookie_is_bound_to_this_host(sqlite_url: str, tmp_path: Path) -> None:
    async with council_at_work(sqlite_url, tmp_path, "https://hub.anytown.example") as council:
        ann = await council.visitor()
        await ann.sign_in(ANN)
        assert "__Host-hub_session" in ann.http.cookies


async def test_a_wrong_password_and_an_unknown_address_are_told_alike(council: Council) -> None:
    for email in (ANN, "nobody@anytown.example"):
        visitor = await council.visitor()
        html = await visitor.sign_in(email, "not the password")
        assert visitor.status == 422, email
        assert WRONG in words(html), email
        assert f'value="{email}"' in html
        assert "not the password" not in html


async def test_after_five_failures_even_the_right_password_waits(council: Council) -> None:
    visitor = await council.visitor()
    for _ in range(5):
        assert WRONG in words(await visitor.sign_in(ANN, "wrong"))
    html = await visitor.sign_in(ANN)
    assert visitor.status == 429
    assert "Too many tries. Wait 30 seconds, then try again." in words(html)
    other = await council.visitor()
    await other.sign_in("bob@anytown.example")
    assert other.status == 200


async def test_who_guesses_elsewhere_keeps_nobody_out_where_they_have_signed_in_before(council: Council) -> None:
    ann = await council.visitor()
    await ann.sign_in(ANN)
    await ann.see("/desk")
    await ann.send("/sign-out")
    stranger = await council.visitor()
    for _ in range(5):
        await stranger.sign_in(ANN, "wrong")
    await stranger.sign_in(ANN, "wrong")
    assert stranger.status == 429
    await ann.sign_in(ANN)
    assert ann.status == 200
    await ann.see("/desk")
    await ann.send("/sign-out")
    for _ in range(5):
        await ann.sign_in(ANN, "wrong")
    await ann.sign_in(ANN)
    assert ann.status == 429  # a known browser may guess no longer than others


async def test_the_word_of_a_known_browser_is_worth_nothing_for_others_and_can_t_be_made_up(council: Council) -> None:
    stranger = await council.visitor()
    await stranger.sign_in("bob@anytown.example")
    theirs = stranger.http.cookies["hub_known"]
    stranger.http.cookies.clear()
    for _ in range(5):
        await stranger.sign_in(ANN, "wrong")
    for word in (theirs, hashed(ANN), ""):
        stranger.http.cookies.set("hub_known", word, domain="hub.anytown.example", path="/sign-in")
        await stranger.sign_in(ANN)
        assert stranger.status == 429


async def test_no_more_is_kept_of_what_somebody_types_than_a_mail_address_has(council: Council) -> None:
    visitor = await council.visitor()
    await visitor.sign_in("a" * 100_000, "wrong")
    assert visitor.status == 422
    assert max(map(len, council.app.state.sign_in_throttle._failures)) < 400


async def test_another_site_can_neither_sign_anybody_in_nor_change_a_case(council: Council, ann: Person) -> None:
    case = await council.case()
    visitor = await council.visitor()
    for headers in (
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://hub.anytown.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        await visitor.see("/sign-in")
        await visitor.send("/sign-in", headers=headers, email=ANN, password=PASSWORD)
        assert visitor.status == 403, headers
        await ann.see(case)
        html = await ann.send(f"{case}/claim", headers=headers)
        assert ann.status == 403, headers
        assert "This form doesn't come from your own signed-in page" in words(html)
    assert "Nobody holds it" in words(await ann.see(case))


async def test_our_own_page_may(council: Council) -> None:
    case = await council.case()
    ann = await council.person("ann")
    await ann.see(case)
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "http://hub.anytown.example"}
    assert "You hold it" in words(await ann.send(f"{case}/claim", headers=own))


async def test_a_form_without_this_sessions_token_does_nothing(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    form = ann.form(f"{case}/claim")
    for token in ("", "0" * 64, "é"):
        answer = await ann.post(form, f"{case}/claim", token=token)
        assert answer.status_code == 403, token
    assert "Nobody holds it" in words(await ann.see(case))


async def test_the_token_of_somebody_elses_session_is_refused(council: Council, ann: Person, bob: Person) -> None:
    case = await council.case()
    await ann.see(case)
    await bob.see(case)
    await ann.send(f"{case}/claim", token=bob.form(f"{case}/claim").fields["token"])
    assert ann.status == 403


async def test_signing_out_ends_the_session_itself(council: Council, ann: Person) -> None:
    cookie = ann.http.cookies["hub_session"]
    await ann.see("/desk")
    html = await ann.send("/sign-out")
    assert "You are signed out." in words(html)
    assert await council.db.read(stored_hashes) == []
    ann.http.cookies.set("hub_session", cookie)
    assert "Sign in to the contact hub" in words(await ann.see("/desk"))


async def test_a_session_ends_by_itself(council: Council) -> None:
    agent_id = council.town.agent_ids[ANN]
    await council.db.write(start_sign_in, agent_id, hashed("old"), utcnow() - timedelta(seconds=1))
    visitor = await council.visitor()
    visitor.http.cookies.set("hub_session", "old")
    assert "Sign in to the contact hub" in words(await visitor.see("/desk"))


async def test_a_form_of_an_ended_session_says_where_the_text_is(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    form = ann.form(f"{case}/note")
    ann.http.cookies.clear()
    answer = await ann.post(form, f"{case}/note", text="long thought")
    assert answer.status_code == 401
    assert "Your text is still in the page before this one" in words(answer.text)


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "", "desk", "/\tx", "/\n/e"],
)
def test_nobody_is_led_to_another_site(wanted: str) -> None:
    assert local_path(wanted) == "/desk"


@pytest.mark.parametrize("wanted", ["/cases/48210937", "/queues/waste?show=mine&after=1_2", "/cases?q=a%20b"])
def test_a_path_of_ours_is_kept(wanted: str) -> None:
    assert local_path(wanted) == wanted


async def test_every_page_forbids_foreign_scripts_frames_and_copies(council: Council, ann: Person) -> None:
    case = await council.case()
    visitor = await council.visitor()
    for person, path in [(visitor, "/sign-in"), (ann, "/desk"), (ann, case), (ann, "/cases/1"), (ann, "/cases?q=x")]:
        await person.see(path)
        assert person.page is not None
        policy = person.page.headers["content-security-policy"]
        assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(
            policy.split("; ")
        )
        assert "unsafe" not in policy
        assert person.page.headers["cache-control"] == "no-store"
        assert person.page.headers["x-content-type-options"] == "nosniff"
        assert person.page.headers["referrer-policy"] == "same-origin"
