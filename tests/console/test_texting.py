"""Texting from the console: what the composer says before anything leaves, and who is written to first."""

from collections.abc import Mapping

from playwright.async_api import Page, expect
from sqlmodel import Session, select

from channels.contract import Address, InboundMessage, RemoteFile
from hub.actions.files.attachments import claim_wanted, record_unfetched
from hub.models import Inbox, Textless
from hub.models.base import utcnow
from tests.console.browsing import enter
from tests.console.forms import actions, words
from tests.console.people import Council, Person
from tests.support.browser import axe_violations

JO = "+447700900123"


def _configure(session: Session, values: Mapping[str, object]) -> None:
    for inbox in session.exec(select(Inbox).where(Inbox.channel == "sms")):
        for name, value in values.items():
            setattr(inbox, name, value)


def _textless(session: Session, uri: str) -> None:
    session.add(Textless(uri=uri, code="30006"))


async def written(person: Person, **typed: str) -> str:
    """The page that comes after the form at /write was sent."""
    await person.see("/write")
    form = person.form("/write")
    form.fields.update(typed)
    person.page = await person.post(form, "/write")
    return person.page.text


# --- the composer says so ----------------------------------------------------------------------------------------


async def test_after_stop_the_composer_says_so_and_names_the_other_ways(council: Council, ann: Person) -> None:
    case = await council.case()
    await council.case("STOP", keyword="stop")
    said = words(await ann.see(case))
    assert "They have asked for no more texts. Call or write a letter." in said
    assert "Wants no texts (sent STOP)" in said
    assert "No to texts: “STOP”" in said
    refused = await ann.send(f"{case}/reply", text="Hello")
    assert "The citizen has opted out of texts." in words(refused)
    assert "Ann" in words(await ann.see(case))
    assert "could not write: The citizen has opted out of texts" in words(await ann.see(case))


async def test_a_short_code_cannot_be_answered_and_the_composer_says_why(council: Council, ann: Person) -> None:
    case = await council.case("Your parcel is late", "60006", shared_sender=True)
    page = await ann.see(case)
    assert "Nobody can answer 60006: it is a short code or a name" in words(page)
    assert f"{case}/reply" not in actions(page)


async def test_whatsapp_is_a_way_of_its_own_and_the_one_that_is_chosen(council: Council, ann: Person) -> None:
    case = await council.case()
    sender = Address("whatsapp", JO)
    message = InboundMessage(channel="sms", inbox="main", external_id="W1", sender=sender, text="By the way")
    await council.hub.desk.receive([message])
    page = await ann.see(case)
    assert "WhatsApp to 07700 900123 (WhatsApp)" in words(page)
    assert ann.form(f"{case}/reply").fields["channel"] == "whatsapp"
    assert "<span>WhatsApp</span>" in page


async def test_quiet_hours_are_said_where_an_agent_writes(council: Council, ann: Person) -> None:
    await council.db.write(_configure, {"quiet": {"mon-sun": "00:00-24:00"}})
    await council.hub.desk.reload()
    case = await council.case()
    assert "These are quiet hours" in words(await ann.see(case))


async def test_a_picture_that_could_not_be_fetched_is_tried_again_by_a_button(council: Council, ann: Person) -> None:
    file = RemoteFile(ref="https://api.twilio.com/ME1", filename="hole.jpg", media_type="image/jpeg")
    case = await council.case("look", remote_files=(file,))
    [wanted] = await council.db.write(claim_wanted, utcnow())
    await council.db.write(record_unfetched, wanted.id, "The provider refused it.", None)
    assert "could not be fetched: The provider refused it." in words(await ann.see(case))
    page = await ann.send(f"/attachments/{wanted.id}/fetch")
    assert "The provider is asked for the file once more." in words(page)
    assert "is being fetched from the provider" in words(page)


# --- writing first -----------------------------------------------------------------------------------------------


async def test_somebody_is_written_to_who_never_wrote(council: Council, ann: Person) -> None:
    page = words(await written(ann, to="07700 900777", text="Your licence ends on Friday."))
    assert "Your message is on its way." in page
    assert "wrote to the citizen first." in page
    assert "Your licence ends on Friday." in page


async def test_what_cannot_be_sent_comes_back_with_what_was_typed(council: Council, ann: Person) -> None:
    await council.case("STOP", keyword="stop")
    for complaint, typed in {
        "Such as 07700 900123": {"to": "nobody", "text": "Hello"},
        "Can't be empty": {"to": "07700 900777", "text": " "},
        "Call or write, until they text START.": {"to": JO, "text": "Hello"},
    }.items():
        page = await written(ann, **typed)
        assert ann.status == 422
        assert complaint in words(page)
        assert ann.form("/write").fields["to"] == typed["to"]


async def test_a_number_that_takes_no_texts_is_said_before_one_leaves_and_can_be_tried(
    council: Council, ann: Person
) -> None:
    await council.db.write(_textless, "tel:+441632960999")
    assert "It takes no texts, such as a landline. Call" in words(await ann.see("/write?to=01632%20960999"))
    page = await written(ann, to="01632 960999", text="Hello")
    assert (ann.status, "Call it, or tick that it is to be tried" in words(page)) == (422, True)
    assert "Your message is on its way." in words(await ann.send("/write", anyway="yes"))


# --- before it costs ---------------------------------------------------------------------------------------------


async def test_a_long_text_says_what_it_costs_before_it_leaves(page: Page, served: Council) -> None:
    config = {"provider": "twilio", "part_price": 0.05, "currency": "GBP", "warn_parts": 2}
    await served.db.write(_configure, {"config": config})
    await served.hub.desk.reload()
    case = await served.case()
    await enter(page, served, path=case)
    answer, count, warning = page.get_by_label("Your answer"), page.locator("#parts"), page.locator("#parts-warning")
    await answer.fill("a" * 160)
    await expect(count).to_have_text("1 part · 0 left · about £0.05")
    await expect(warning).to_be_hidden()
    await answer.fill("a" * 400)
    await expect(warning).to_have_text("This goes, and is paid, as 3 parts: about £0.15. Shorten it if you can.")
    await answer.fill("a" * 1601)
    await expect(warning).to_contain_text("at most 1,600 characters")
    assert await axe_violations(page) == []
    await served.db.write(_textless, "tel:+441632960999")
    await page.goto(f"{served.settings.base_url}/write")
    await page.get_by_label("To: a number").fill("01632 960999")
    await page.get_by_label("Your message").fill("ŵ" * 71)
    await expect(page.locator("#write-against")).to_contain_text("It takes no texts, such as a landline.")
    await expect(page.locator("#parts")).to_contain_text("2 parts · 63 left · about £0.10")
    assert await axe_violations(page) == []
