"""One case: what is read on it, and what a caseworker does to it."""

import re
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select, update

from channels.contract import DeliveryStatus, DeliveryUpdate, MessageUpdate
from hub.actions.casework.alerts import ALARM, tell
from hub.actions.casework.cases import resolve
from hub.actions.intake.updates import apply_delivery, apply_message_update
from hub.actions.retention.cases import forget_now
from hub.actions.sending.fates import record_failure
from hub.actions.sending.outbox import claim_due
from hub.models import Case, Message, MessageStatus, RuleSet
from hub.models.base import utcnow
from hub.reference import case_id_of, spoken
from tests.console.forms import actions, words
from tests.console.people import Council, Person
from tests.queries.town import RULES


def id_of(case: str) -> int:
    case_id = case_id_of(case.removeprefix("/cases/"))
    assert case_id is not None
    return case_id


def facts_of(session: Session, case_id: int) -> tuple[str, str, int | None]:
    case = session.get_one(Case, case_id)
    return case.status.value, case.outcome, case.agent_id


def said_out(session: Session, case_id: int) -> list[tuple[str, str]]:
    """(channel, text) of what agents answered."""
    found = select(Message.channel, Message.text).where(Message.case_id == case_id, col(Message.author_id).is_not(None))
    return [(channel, text) for channel, text in session.exec(found.order_by(col(Message.id)))]


# --- reading -----------------------------------------------------------------------------------------------


async def test_the_case_says_what_it_is_and_why_it_is_here(council: Council, ann: Person) -> None:
    case = await council.case("My missed bin in Elm Road")
    read = words(await ann.see(case))
    assert spoken(case.removeprefix("/cases/")) in read
    assert "Why here: The rule “Missed bin” matched: it says “missed bin”. So it came to Waste." in read
    assert "All 5 rules tried" in read
    assert "At night not reached" in read
    assert "07700 900123 delivered: messages came from it" in read


async def test_without_a_rule_the_page_says_so(council: Council, ann: Person) -> None:
    case = await council.case("hello")
    read = words(await ann.see(case))
    assert "No rule matched: the inbox’s own queue takes such cases. So it came to Triage." in read
    assert "All 5 rules tried" in read  # what ends the list is none


async def test_a_mail_of_days_ago_opened_its_case_when_it_came(council: Council, ann: Person) -> None:
    written = utcnow() - timedelta(days=3)
    case = await council.case("hello", "joe@example.org", channel="email", at=written)
    assert re.search(
        rf"Opened in Triage, because no rule matched \w+ {utcnow().day} \w+ \d+, \d\d:\d\d", words(await ann.see(case))
    )


async def test_what_tells_colleagues_of_an_alarm_is_no_answer_to_the_citizen(council: Council, ann: Person) -> None:
    case = await council.case()
    await council.db.write(_alert, id_of(case))
    read = words(await ann.see(case))
    assert "Alert to duty@anytown.example" in read
    assert "Alert to 07700 900910" in read
    assert "Automatic answer" not in read.partition("Alert to")[2]


def _alert(session: Session, case_id: int) -> None:
    case = session.get_one(Case, case_id)
    tell(
        session,
        case,
        ["duty@anytown.example", "+447700900910"],
        "ALARM: Gas",
        "Gas.",
        "https://hub.example",
        "hub.example",
        ALARM,
    )


async def test_a_moved_case_says_who_moved_it_and_why(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    read = words(await ann.send(f"{case}/transfer", queue="highways", reason="the bin lies on the road"))
    assert "The case stands in its new queue." in read
    assert "It first came to Waste. Ann Ash transferred it to Highways: the bin lies on the road." in read
    assert "Ann Ash transferred it from Waste to Highways: the bin lies on the road" in read


async def test_the_conversation_stands_in_order_across_channels(council: Council, ann: Person) -> None:
    case = await council.case("missed bin by text")
    assert await council.case("Voicemail, 24 seconds", channel="voice", external_id="CA1") == case
    update = MessageUpdate(channel="voice", inbox="main", external_id="CA1", transcript="its the bins again")
    entry = council.town.directory.inbox_by_name["voice", "main"]
    await council.db.write(apply_message_update, entry.id, update)
    html = await ann.see(case)
    talk = words(html[html.index('id="conversation"') :])
    places = [talk.index(w) for w in ("missed bin by text", "Opened in Waste", "Voicemail, 24", "its the bins again")]
    assert places == sorted(places)
    assert "Draft transcript, written by a machine its the bins again" in talk


async def test_a_flag_of_the_citizen_is_set_seen_on_their_other_cases_and_taken_away(
    council: Council, ann: Person
) -> None:
    case = await council.case()
    other = await council.case("missed bin", channel="voice", sender="+447700900124")
    await ann.see(case)
    read = words(await ann.send(f"{case}/flag", flag="  Hard of  hearing "))
    assert "The citizen bears the flag." in read
    assert "hard of hearing Take away" in read
    assert "Ann Ash flagged the citizen: hard of hearing" in read
    assert '<option value="hard of hearing">' in await ann.see(other)  # known now, and not theirs
    assert "Take away" not in words(await ann.see(other))

    await ann.see(case)
    read = words(await ann.send(f"{case}/flag", flag="x" * 61))
    assert ann.status == 422
    assert "The flag was not set" in read
    await ann.see(case)
    read = words(await ann.send(f"{case}/unflag"))
    assert "Ann Ash took the citizen’s flag away: hard of hearing" in read
    assert "Take away" not in read


async def test_what_citizens_write_is_text_and_never_markup(council: Council, ann: Person) -> None:
    attack = "<script>alert(1)</script> missed bin \"'><img src=x onerror=alert(2)>"
    case = await council.case(attack, sender_name="<b>Eve</b>")
    for path in (case, "/queues/waste", "/desk"):
        html = await ann.see(path)
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "<b>Eve" not in html


async def test_a_formatted_mail_is_shown_in_a_box_where_nothing_runs(council: Council, ann: Person) -> None:
    case = await council.case(
        "missed bin", "joe@example.org", channel="email", subject="Bin", html="<p><b>missed</b> bin</p>"
    )
    html = await ann.see(case)
    frame = html.partition('<iframe class="message-frame"')[2].partition(">")[0]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame
    source = frame.partition('src="')[2].partition('"')[0]
    assert "<p><b>missed</b> bin</p>" in await ann.see(source)
    assert ann.page is not None
    policy = ann.page.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
    assert "img-src data:;" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy


async def test_another_cases_mail_is_not_shown_through_this_one(council: Council, ann: Person) -> None:
    one = await council.case("missed bin", "joe@example.org", channel="email", html="<p>one</p>")
    two = await council.case("missed bin", "ann@example.org", channel="email", html="<p>two</p>")
    html = await ann.see(one)
    source = html.partition('<iframe class="message-frame"')[2].partition('src="')[2].partition('"')[0]
    await ann.see(source.replace(one, two))
    assert ann.status == 404


async def test_only_the_parts_that_change_are_there_for_live_updates(council: Council, ann: Person) -> None:
    case = await council.case()
    part = await ann.see(f"{case}?part=conversation")
    assert "missed bin in Elm Road" in part
    assert "<html" not in part
    assert "composer" not in part


# --- doing -------------------------------------------------------------------------------------------------


async def test_claim_give_back_and_give_to_a_colleague(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    assert "You hold this case now." in words(await ann.send(f"{case}/claim"))
    assert "The case is back in its queue." in words(await ann.send(f"{case}/release"))
    assert "Ann Ash released it" in words(await ann.see(case))
    read = words(await ann.send(f"{case}/assign", agent="lea@anytown.example"))
    assert "The case has a new holder." in read
    assert "Lea Lime holds it" in read


async def test_what_was_done_is_told_once(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    assert "You hold this case now." in words(await ann.send(f"{case}/claim"))
    assert "You hold this case now." not in words(await ann.see(case))


async def test_a_reply_goes_back_the_way_the_citizen_came(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    read = words(await ann.send(f"{case}/reply", text="A crew comes tomorrow.\r\nSorry!"))
    assert "Your answer is on its way." in read
    assert "Waiting for the citizen" in read
    assert "Ann Ash text" in read
    assert "Waiting to be sent" in read
    assert await council.db.read(said_out, id_of(case)) == [("sms", "A crew comes tomorrow.\nSorry!")]


async def test_a_call_is_answered_by_text(council: Council, ann: Person) -> None:
    case = await council.case("missed bin, voicemail", channel="voice")
    await ann.see(case)
    assert ann.form(f"{case}/reply").fields["channel"] == "sms"
    await ann.send(f"{case}/reply", text="We call you back.")
    assert await council.db.read(said_out, id_of(case)) == [("sms", "We call you back.")]


async def test_whose_number_is_withheld_can_only_be_noted(council: Council, ann: Person) -> None:
    case = await council.case("missed bin", None, channel="voice")
    html = await ann.see(case)
    assert f"{case}/reply" not in actions(html)
    assert "There is no way to answer" in html
    assert "Your note is kept." in words(await ann.send(f"{case}/note", text="withheld"))


async def test_a_mail_without_a_sender_has_no_number_that_was_withheld(council: Council, ann: Person) -> None:
    case = await council.case("missed bin", None, channel="email")
    assert "The mail names no sender: nobody knows who this is." in words(await ann.see(case))
    listed = words(await ann.see("/cases"))
    assert ("Sender unknown" in listed, "Number withheld" in listed) == (True, False)


def publish(session: Session, name: str) -> None:
    """The town's rules, of which that about bins has this name."""
    session.add(RuleSet(rules=[rule | {"name": name} if rule["name"] == "Missed bin" else rule for rule in RULES]))


async def test_marks_that_turn_words_around_do_so_nowhere_but_in_the_message(council: Council, ann: Person) -> None:
    """A subject "Invoice 1000 exe.pdf" that is a program, and a rule's name that turns the sentence about it."""
    turned = {"subject": "Invoice \u202e0001 fdp.exe", "sender_name": "Rita \u202elaever"}
    case = await council.case("missed bin", "rita@example.org", channel="email", **turned)
    await council.db.write(publish, "Missed \u202ebin")
    await council.hub.desk.reload()
    by_rule = await council.case("missed bin", "joe@example.org", channel="email", subject="פנס ב-Elm Road!")
    await ann.see(case)
    pages = {path: await ann.see(path) for path in ("/cases", "/queues/waste", "/desk", "/rules", case, by_rule)}
    assert {path: html.count("\u202e") for path, html in pages.items()} == dict.fromkeys(pages, 0)
    assert "The rule “Missed bin” matched" in words(pages[by_rule])
    assert "<h1>\u2068פנס ב-Elm Road!\u2069</h1>" in pages[by_rule]
    assert ">\u2068פנס ב-Elm Road!\u2069</a>" in pages["/cases"]
    assert '<p class="message-subject">פנס ב-Elm Road!</p>' in pages[by_rule]  # begins at the right, as the mail does


async def test_send_and_resolve_does_both(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    form = ann.form(f"{case}/reply")
    answer = await ann.post(form, f"{case}/reply-and-resolve", text="Done.")
    assert "Your answer is on its way, and the case is resolved." in words(answer.text)
    status, outcome, _ = await council.db.read(facts_of, id_of(case))
    assert (status, outcome) == ("resolved", "Answered")


async def test_resolve_and_open_again(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    assert "The case is resolved." in words(await ann.send(f"{case}/resolve", outcome="emptied"))
    assert f"{case}/claim" not in actions(await ann.see(case))
    assert "The case is open again." in words(await ann.send(f"{case}/reopen"))


async def test_a_note_is_marked_as_internal(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    read = words(await ann.send(f"{case}/note", text="crew missed the whole road"))
    assert "Ann Ash note for colleagues" in read


async def test_an_empty_reply_is_told_and_nothing_is_sent(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    read = words(await ann.send(f"{case}/reply", text="   "))
    assert ann.status == 422
    assert "Your answer was not sent Write something first." in read
    assert await council.db.read(said_out, id_of(case)) == []


async def test_a_reply_that_cannot_leave_keeps_its_text(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    html = await ann.send(f"{case}/reply", text="My <long> answer", channel="email")
    assert ann.status == 422
    assert "My &lt;long&gt; answer</textarea>" in html
    assert ann.form(f"{case}/reply").fields["text"] == "My <long> answer"
    assert "The citizen can't be reached by email." in words(html)


async def test_a_move_without_a_reason_keeps_the_chosen_queue(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    await ann.send(f"{case}/transfer", queue="highways", reason=" ")
    assert ann.status == 422
    assert ann.form(f"{case}/transfer").fields["queue"] == "highways"


# --- two people at once -----------------------------------------------------------------------------------


async def test_who_comes_second_hears_who_was_first_and_keeps_the_text(
    council: Council, ann: Person, bob: Person
) -> None:
    case = await council.case()
    await ann.see(case)
    await bob.see(case)
    await bob.send(f"{case}/reply", text="Bob's answer")
    read = words(await ann.send(f"{case}/reply", text="Ann's answer"))
    assert ann.status == 409
    assert "Your answer was not sent" in read
    assert "What you wrote is still below." in read
    assert "Since you opened this page: Bob Birch answered the citizen" in read
    assert ann.form(f"{case}/reply").fields["text"] == "Ann's answer"
    assert await council.db.read(said_out, id_of(case)) == [("sms", "Bob's answer")]
    await ann.send(f"{case}/reply")  # having read it, she sends the same form again
    assert [text for _, text in await council.db.read(said_out, id_of(case))] == ["Bob's answer", "Ann's answer"]


async def test_new_words_of_the_citizen_are_read_before_an_answer_leaves(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    await council.case("Never mind, they came!")
    read = words(await ann.send(f"{case}/reply", text="A crew comes tomorrow."))
    assert ann.status == 409
    assert "The citizen wrote again" in read
    assert "Never mind, they came!" in read


async def test_a_receipt_that_came_meanwhile_holds_nobody_up(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    await ann.send(f"{case}/reply", text="First.")
    form = ann.form(f"{case}/reply")
    await fail_the_outbox(council)
    answer = await ann.post(form, f"{case}/reply", text="Second.")
    assert answer.status_code == 200
    assert [text for _, text in await council.db.read(said_out, id_of(case))] == ["First.", "Second."]


async def fail_the_outbox(council: Council, outcome: str = "failed") -> None:
    """Claims what is due, as the worker does, and records that it didn't leave."""
    inboxes = {entry.id: 10 for entry in council.town.directory.inboxes.values()}
    for outgoing in await council.db.write(claim_due, utcnow(), inboxes, "secret"):
        await council.db.write(
            record_failure, outgoing.message.id, outcome, "The number is not in service.", "30003", None, 0.0
        )


async def test_two_who_claim_hear_who_was_first(council: Council, ann: Person, bob: Person) -> None:
    case = await council.case()
    await ann.see(case)
    await bob.see(case)
    await bob.send(f"{case}/claim")
    read = words(await ann.send(f"{case}/claim"))
    assert ann.status == 409
    assert "You don’t hold this case Bob Birch took this case first." in read
    assert "Bob Birch holds it" in read


async def test_a_note_is_kept_whatever_happened_meanwhile(council: Council, ann: Person, bob: Person) -> None:
    case = await council.case()
    await ann.see(case)
    await bob.see(case)
    await bob.send(f"{case}/claim")
    assert "Your note is kept." in words(await ann.send(f"{case}/note", text="seen"))


# --- what became of an answer -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("failed", "Failed . The number is not in service."),
        ("unknown", "Unknown . The number is not in service."),
    ],
)
async def test_what_became_of_an_answer_is_told_in_words(
    council: Council, ann: Person, outcome: str, told: str
) -> None:
    case = await council.case()
    await ann.see(case)
    await ann.send(f"{case}/reply", text="Hello")
    await fail_the_outbox(council, outcome)
    assert told in words(await ann.see(case))


async def test_what_failed_is_written_again_by_one_button(council: Council, ann: Person, bob: Person) -> None:
    case = await council.case()
    await ann.see(case)
    await ann.send(f"{case}/reply", text="A crew comes on Monday")
    await fail_the_outbox(council)
    page = await bob.see(case)
    assert "Write it again" in words(page)
    message = page.partition('/write-again" method="post">')[2].partition('name="message" value="')[2].partition('"')[0]
    html = await bob.send(f"{case}/write-again", message=message)
    assert "autofocus>A crew comes on Monday</textarea>" in html
    assert "An answer didn’t arrive" in words(await ann.see("/notices")).replace("'", "’")
    await bob.see(case)
    assert "There is no such reply." in words(await bob.send(f"{case}/write-again", message="none"))
    assert bob.status == 409


async def test_delivered_is_told_as_well(council: Council, ann: Person) -> None:
    case = await council.case("missed bin", "f3a9", channel="webchat")
    await ann.see(case)
    assert "Sent" in words(await ann.send(f"{case}/reply", text="Hello"))
    external_id = await council.db.read(
        lambda session: session.exec(select(Message.external_id).where(col(Message.author_id).is_not(None))).one()
    )
    update = DeliveryUpdate(channel="webchat", inbox="site", external_id=external_id, status=DeliveryStatus.DELIVERED)
    await council.db.write(apply_delivery, council.town.directory.inbox_by_name["webchat", "site"].id, update)
    assert "Delivered" in words(await ann.see(case))


# --- auditors ----------------------------------------------------------------------------------------------


async def test_an_auditor_sees_everything_and_changes_nothing(council: Council, ann: Person) -> None:
    case = await council.case()
    aud = await council.person("aud")
    assert not {action for action in actions(await aud.see(case)) if action.startswith(case)}
    await ann.see(case)
    form = ann.form(f"{case}/claim")
    token = aud.form("/sign-out").fields["token"]
    answer = await aud.post(form, f"{case}/claim", token=token)
    assert answer.status_code == 403
    assert "Auditors see everything and change nothing." in words(answer.text)
    assert (await council.db.read(facts_of, id_of(case)))[2] is None


async def test_a_verb_that_does_not_exist_is_told(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    for verb in ("delete", "vanish"):
        answer = await ann.post(ann.form(f"{case}/claim"), f"{case}/{verb}")
        assert answer.status_code == 404, verb


async def test_a_forgotten_case_says_so_and_offers_nothing(council: Council, ann: Person) -> None:
    case = await council.case("My missed bin in Elm Road")
    await council.db.write(resolve, id_of(case), council.town.agent_ids["ann@anytown.example"], "")
    await council.db.write(sent_already)
    await council.db.write(forget_now, [case.removeprefix("/cases/")], utcnow())
    read = await ann.see(case)
    assert ann.status == 200
    assert "This case was forgotten on" in words(read)
    assert "deleted at the citizen’s wish" in words(read)
    assert "Elm Road" not in read
    assert not [action for action in actions(read) if action.startswith(case)]


def sent_already(session: Session) -> None:
    session.execute(update(Message).values(status=MessageStatus.SENT))


async def test_the_rules_that_were_tried_are_told_by_the_queues_names(council: Council, ann: Person) -> None:
    case = await council.case("whom do I ask?")
    read = words(await ann.see(case))
    assert "No rule matched: the inbox’s own queue “Triage” takes it" in read
