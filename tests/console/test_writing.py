"""Writing mails: files, copies, templates, ten seconds to take a reply back; all without a script."""

from typing import Any

from sqlmodel import Session, select

from channels.contract import Address
from hub.models import Attachment, Case, CaseStatus, Envelope, Message, Template, Upload
from hub.models.base import utcnow
from tests.console.forms import words
from tests.console.people import Council, Person


async def mail_case(council: Council, text: str = "missed bin", **more: Any) -> str:
    return await council.case(
        text, "joe@example.org", channel="email", subject="Bin", message_id="1@example.org", **more
    )


async def sends(person: Person, verb: str, case: str, files: dict[str, bytes] | None = None, **typed: str) -> str:
    """The reply form, filled in and sent by the button for `verb`."""
    form = person.form(f"{case}/reply")
    fields = {**form.fields, **typed}
    fields.pop("files", None)
    fields.pop("remove", None) if verb != "detach" else None
    handed = [("files", (name, content)) for name, content in (files or {}).items()]
    person.page = await person.http.post(
        f"{case}/{verb}", data=fields, files=handed or {"files": ("", b"")}, follow_redirects=True
    )
    return person.page.text


def _latest(session: Session) -> Message:
    return session.exec(select(Message).order_by(Message.id.desc()).limit(1)).one()  # type: ignore[attr-defined]


def _names(session: Session) -> list[str]:
    return [row.filename for row in session.exec(select(Attachment).order_by(Attachment.id))]  # type: ignore[arg-type]


def _uploads(session: Session) -> list[str]:
    return [row.filename for row in session.exec(select(Upload))]


def _envelope(session: Session) -> Envelope:
    return session.exec(select(Envelope)).one()


async def test_files_are_attached_and_removed_before_sending_and_what_was_typed_stays(
    council: Council, ann: Person
) -> None:
    case = await mail_case(council)
    await ann.see(case)
    html = await sends(ann, "attach", case, {"plan.pdf": b"%PDF", "big.txt": b"x" * 2000}, text="We come.")
    assert ">We come.</textarea>" in html
    assert "plan.pdf 4 bytes" in words(html)
    number = html.partition('name="remove" value="')[2].partition('"')[0]
    html = await sends(ann, "detach", case, text="We come.", remove=number)
    assert "plan.pdf" not in words(html)
    assert "big.txt 2 kB" in words(html)
    html = await sends(ann, "reply", case, {"late.txt": b"y"}, text="We come.")
    assert "Sending in" in words(html)
    assert await council.db.read(_names) == ["big.txt", "late.txt"]
    assert await council.db.read(_uploads) == []


async def test_a_refused_reply_keeps_its_files(council: Council, ann: Person) -> None:
    case = await mail_case(council)
    await ann.see(case)
    html = await sends(ann, "reply", case, {"plan.pdf": b"%PDF"}, text="  ")
    assert "Your answer was not sent" in words(html)
    assert "plan.pdf 4 bytes" in words(html)


async def test_too_large_a_file_is_refused_with_its_limit(council: Council, ann: Person) -> None:
    case = await mail_case(council)
    await ann.see(case)
    large = b"x" * (council.settings.max_upload_bytes + 1)
    html = await sends(ann, "attach", case, {"large.bin": large}, text="We come.")
    assert "large.bin is too large. At most 26 MB each." in words(html)
    assert ">We come.</textarea>" in html


async def test_a_mail_waits_ten_seconds_and_can_be_taken_back(council: Council, ann: Person) -> None:
    case = await mail_case(council)
    await ann.see(case)
    html = await sends(
        ann, "reply-and-resolve", case, {"plan.pdf": b"%PDF"}, text="We *come*.", cc="son@example.org", quotes="yes"
    )
    assert "Sending in " in words(html)
    assert "Copy to son@example.org" in words(html)
    assert "<p>We <em>come</em>.</p>" in html
    waiting = await council.db.read(_latest)
    assert 0 < (waiting.due_at - utcnow()).total_seconds() <= 10  # type: ignore[operator]  # it is queued
    assert (await council.db.read(_envelope)).quotes
    html = await ann.send(f"{case}/undo")
    assert ann.status == 200
    assert ">We *come*.</textarea>" in html
    assert 'name="cc" inputmode="email" autocomplete="off" maxlength="5000" value="son@example.org"' in html
    assert "plan.pdf 4 bytes" in words(html)
    assert "took a reply back before it left" in words(html)
    assert "Sending in" not in words(html)
    html = await sends(ann, "reply", case, text="We come on Monday.")
    assert "Sending in " in words(html)
    assert await council.db.read(_names) == ["plan.pdf"]


async def test_what_has_left_is_not_taken_back(council: Council, ann: Person) -> None:
    case = await mail_case(council)
    await ann.see(case)
    await sends(ann, "reply", case, text="We come.")
    form = ann.form(f"{case}/undo")
    await council.db.write(_sending)
    ann.page = await ann.post(form, f"{case}/undo")
    assert ann.status == 409
    assert "It has left already" in words(ann.page.text)


def _sending(session: Session) -> None:
    message = _latest(session)
    message.attempts, message.status = 1, "sending"  # type: ignore[assignment]  # as SQL writes it
    session.add(message)


async def test_a_wrong_copy_is_named_and_the_text_stays(council: Council, ann: Person) -> None:
    case = await mail_case(council)
    await ann.see(case)
    html = await sends(ann, "reply", case, text="We come.", cc="son at home")
    assert ann.status == 422
    assert "son at home is none." in words(html)
    assert ">We come.</textarea>" in html


async def test_whom_the_citizen_wrote_to_as_well_gets_a_copy_only_when_ticked(council: Council, ann: Person) -> None:
    others = tuple(Address("mailto", f"{name}@example.org") for name in ("son", "aunt"))
    case = await mail_case(council, cc=others)
    html = await ann.see(case)
    assert "Named beside the council: son@example.org, aunt@example.org" in words(html)
    assert not [name for name in ann.form(f"{case}/reply").fields if name.startswith("copy-to")]  # none by itself
    html = await sends(ann, "reply", case, None, **{"text": "We come.", "copy-to aunt@example.org": "yes"})
    assert "Copy to aunt@example.org" in words(html)
    assert ann.form(f"{case}/reply").fields["cc"] == "aunt@example.org"
    assert ('name="copy-to son@example.org"' in html, 'name="copy-to aunt@example.org"' in html) == (True, False)


async def test_copies_are_a_mails_alone(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    html = await sends(ann, "reply", case, text="We come.", cc="left@filled.example", channel="sms")
    assert "left@filled.example" not in words(html)
    assert "Sending in" not in words(html)


async def test_a_template_is_filled_in_for_the_case(council: Council, ann: Person) -> None:
    await council.db.write(_add_template)
    case = await mail_case(council, sender_name="Joe Jones")
    await ann.see(case)
    html = await sends(ann, "template", case, text="Hello.", template="bin")
    assert "Hello.\n\nDear Joe Jones, about " in html.replace("\r", "")
    assert "Ann Ash, Anytown Council" in html


async def test_an_answer_in_which_a_template_left_a_gap_is_not_sent(council: Council, ann: Person) -> None:
    await council.db.write(_add_template)
    case = await mail_case(council)
    await ann.see(case)
    html = await sends(ann, "reply", case, text="Dear {name}, a crew comes.")
    assert "It still says {name}: write the citizen’s name there, or take it out." in words(html)
    assert "Dear {name}, a crew comes." in html
    assert "Sending in" not in words(html)
    assert "Sending in" in words(await sends(ann, "reply", case, text="Dear Joe, a crew comes."))


def _add_template(session: Session) -> None:
    texts = {"en": "Dear {name}, about {reference}.\n\n{agent}, {council}", "cy": "Annwyl {name}"}
    session.add(Template(slug="bin", name="Bin comes", texts=texts))


# --- strangers, participants, links ------------------------------------------------------------------------


async def test_a_stranger_is_named_and_takes_part_only_when_an_agent_says_so(council: Council, ann: Person) -> None:
    case = await mail_case(council)
    await council.town.say("I am her son", "son@example.org", channel="email", external_id="2")
    await ann.see(case)
    html = await ann.send(f"{case}/add-participant", address="son@example.org")
    assert "son@example.org added by Ann Ash" in words(html)
    assert 'name="cc" inputmode="email" autocomplete="off" maxlength="5000" value="son@example.org"' in html
    html = await ann.send(f"{case}/remove-participant")
    assert "added by" not in words(html)
    html = await ann.send(f"{case}/add-participant", address="nobody")
    assert "nobody is none." in words(html)


async def test_a_mentioned_case_is_joined_by_one_button_and_taken_out_again(council: Council, ann: Person) -> None:
    first = await mail_case(council)
    number = first.rpartition("/")[2]
    second = await council.case(
        "my bin too", "sue@example.org", channel="email", subject="Bins", message_id="9@example.org",
        references=("1@example.org",),
    )  # fmt: skip
    html = await ann.see(second)
    assert f"It mentions the case {number[:4]} {number[4:]} Bin (new)" in words(html)
    html = await ann.send(f"{second}/merge", into=number)
    assert "This case is joined to" in words(html)
    assert "Reopen" not in words(html)
    assert 'id="composer"' not in html  # what is said goes where the case goes on
    html = await ann.see(first)
    assert "my bin too" in words(html)
    assert "is joined to this one" in words(html)
    html = await ann.send(f"{second}/unmerge")
    assert "The case is taken out again, as it was." in words(html)
    assert "my bin too" not in words(await ann.see(first))


async def test_a_case_is_shared_by_its_form_and_stands_in_the_other_queue_until_that_one_says_no(
    council: Council, ann: Person
) -> None:
    case = await mail_case(council)
    await ann.see(case)
    shown = words(await ann.send(f"{case}/share", queue="highways", reason="It blocks the road"))
    assert "Ann Ash shared it with Highways: It blocks the road" in shown
    assert case in await ann.see("/queues/highways")
    await ann.see(case)
    await ann.send(f"{case}/unshare")
    assert case not in await ann.see("/queues/highways")


async def test_a_case_is_put_off_until_a_moment_of_the_councils_clock(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    form = ann.form(f"{case}/snooze").fields
    ann.page = await ann.http.post(f"{case}/snooze", data={**form, "at": "2020-01-01T09:00"})
    assert "Give a time in the future" in words(ann.page.text)
    ann.page = await ann.http.post(f"{case}/snooze", data={**form, "at": ""}, follow_redirects=True)
    assert "Put off until" in words(ann.page.text)
    html = await ann.send(f"{case}/unsnooze")
    assert "The case is back." in words(html)


async def test_follow_ups_are_linked_both_ways(council: Council, ann: Person) -> None:
    first = await mail_case(council)
    await ann.see(first)
    await ann.send(f"{first}/resolve", outcome="Done")
    await council.db.write(_close)
    second = await council.case(
        "again",
        "joe@example.org",
        channel="email",
        subject="Bin",
        message_id="3@example.org",
        references=("1@example.org",),
    )
    assert second != first
    assert f"Follows {_spoken(first)}" in words(await ann.see(second))
    assert f"Followed by {_spoken(second)}" in words(await ann.see(first))


def _spoken(case: str) -> str:
    number = case.rpartition("/")[2]
    return f"{number[:4]} {number[4:]}"


def _close(session: Session) -> None:
    case = session.exec(select(Case)).one()
    case.status, case.closed_at = CaseStatus.CLOSED, utcnow()
    session.add(case)
