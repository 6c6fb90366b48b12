"""The demo council routes what citizens write, in their own words."""

import tomllib
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from routing.engine import decide, explain
from routing.facts import Facts
from routing.rules import BESIDE, RuleSet
from routing.time.calendars import Hours, parse_duration

MONDAY_NOON = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo("Europe/London"))


@cache
def council() -> dict[str, Any]:
    return tomllib.loads(files("hub.demo").joinpath("council.toml").read_text(encoding="utf-8"))


@cache
def queues() -> frozenset[str]:
    return frozenset(queue["slug"] for queue in council()["queue"])


@cache
def rules() -> RuleSet:
    beside = {name: council()[name] for name in BESIDE if name in council()}
    return RuleSet.parse(council()["rule"], queues(), beside=beside)


def said(text: str, **more: Any) -> Facts:
    return Facts(**{"channel": "sms", "inbox": "main", "at": MONDAY_NOON, "text": text, **more})


@pytest.mark.parametrize(
    ("text", "queue"),
    [
        ("My bin wasn’t emptied again this morning, 14 Elm Road", "waste"),
        ("hi the binmen didnt come to our street today", "waste"),
        ("Brown bin not collected AGAIN. Second time this month!!", "waste"),
        ("Garden waste hasn't been collected for three weeks", "waste"),
        ("Someone has dumped a mattress and bags in the lane behind the chapel", "waste"),
        ("There's broken glass and needles by the swings in Castle Park", "waste"),
        ("Can you collect a fridge and an old sofa, what does it cost?", "waste"),
        ("which day is my recycling", "waste"),
        ("Our wheelie bin has a broken lid, can I have a new one please", "waste"),
        ("Nid yw fy sbwriel heb ei gasglu", "waste"),
        ("Huge pothole outside number 9 Mill Lane, my tyre burst on it", "highways"),
        ("The street light by the bus stop has been out since Friday", "highways"),
        ("Drivers never stop at the junction by the school, somebody will be hurt", "highways"),
        ("paving slab is loose and my mum tripped over it", "highways"),
        ("A tree has fallen across Station Road and nobody can get past", "highways"),
        ("Will you be gritting the hill by the surgery tonight?", "highways"),
        ("How much council tax do I owe for this year?", "council-tax"),
        ("I live on my own, how do I get the single person discount", "council-tax"),
        ("We moved house on Saturday and need to tell you our new address", "council-tax"),
        ("Faint yw fy nhreth? Mae gen i gwestiwn am y treth gyngor", "council-tax"),
        ("bailiffs came to my door about a debt i already paid", "council-tax"),
        ("I've lost my job and want to claim housing benefit", "benefits"),
        ("do my two get free school meals if I'm on universal credit", "benefits"),
        ("we can't afford to put the meter on this week", "benefits"),
        ("No hot water since yesterday and the boiler keeps cutting out", "housing-repairs"),
        ("black mould all over the bedroom wall in our council flat", "housing-repairs"),
        ("I can smell gas in the hallway!!", "housing-repairs"),
        ("sparks are coming out of the socket in the kitchen", "housing-repairs"),
        ("I've been kicked out by my mum and have nowhere to sleep tonight", "homelessness"),
        ("My landlord has given me a section 21, what can I do?", "homelessness"),
        ("How long is the housing waiting list for a two bedroom place", "homelessness"),
        ("There's a man sleeping rough behind the library", "homelessness"),
        ("I want to appeal a PCN I got on Bridge Street", "parking"),
        ("need a visitor permit for my sister next week", "parking"),
        ("van is blocking my driveway and I can't get to work", "parking"),
        ("Do I need planning permission for a conservatory?", "planning"),
        ("I object to planning application 26/00417/FUL on Orchard Way", "planning"),
        ("There are rats in the alley behind the kebab shop", "environmental-health"),
        ("neighbours have loud music on every night until 3", "environmental-health"),
        ("I had food poisoning after eating at the Red Lantern", "environmental-health"),
        ("My dad has dementia and we need help, can he have a care assessment", "adult-social-care"),
        ("how do I renew my blue badge", "adult-social-care"),
        ("I think the carer stole money from my nan", "adult-social-care"),
        ("Worried about a child next door, screaming every evening", "childrens-services"),
        ("We missed the deadline for a school place in September", "childrens-services"),
        ("I'd like to find out about fostering", "childrens-services"),
        ("Need to register my father's death, first appointment please", "registrars"),
        ("lost my birth certificate, can I get a copy", "registrars"),
        ("We're getting married in June, how do we give notice", "registrars"),
        ("I haven't had my polling card yet", "elections"),
        ("how do I get a postal vote", "elections"),
        ("I wish to make a complaint about how I was treated at the desk", "complaints"),
        ("Absolutely disgraceful service, I am disgusted", "complaints"),
        ("Under the Freedom of Information Act please send me the spend on consultants", "foi"),
        ("This is a subject access request for my file", "foi"),
        ("Hello? Is anyone there?", "triage"),
        ("Thank you so much, have a lovely day", "triage"),
    ],
)
def test_a_citizens_sentence_reaches_the_queue_that_answers_it(text: str, queue: str) -> None:
    assert decide(said(text), rules(), "triage").queue == queue


@pytest.mark.parametrize(
    ("text", "queue"),
    [
        ("I can smell gas and my bin was missed", "housing-repairs"),
        ("she is hitting her child in the street", "childrens-services"),
        ("my uncle is a vulnerable adult and is being neglected", "adult-social-care"),
        ("the traffic lights are out at the ring road", "highways"),
    ],
)
def test_danger_is_urgent_and_comes_before_everything_else(text: str, queue: str) -> None:
    outcome = decide(said(text), rules(), "triage")
    assert (outcome.queue, outcome.priority) == (queue, "urgent")


@pytest.mark.parametrize(
    "text",
    [
        "The robin in the cabin is lovely",  # bin
        "What a great elevation of the pirate flag",  # rat
        "She voted herself into the avoter hall",  # vote
    ],
)
def test_parts_of_words_route_nothing(text: str) -> None:
    assert decide(said(text), rules(), "triage").rule is None


def test_every_key_of_the_phone_menu_leads_out_of_triage() -> None:
    voice = next(inbox for inbox in council()["inbox"] if inbox["channel"] == "voice")
    tags = {key: choice["tag"] for key, choice in voice["config"]["menu"].items() if "tag" in choice}
    reached = {
        key: decide(said("Call", channel="voice", menu=(tag,)), rules(), "triage").queue for key, tag in tags.items()
    }
    assert reached == tags
    assert len(tags) == 6


def test_a_call_at_night_is_tagged_for_calling_back() -> None:
    night = MONDAY_NOON.replace(hour=23)
    assert decide(said("Call", channel="voice", at=night), rules(), "triage").tags == ("call-back", "out-of-hours")
    assert decide(said("Call", channel="voice"), rules(), "triage").tags == ("call-back",)


def test_an_automatic_mail_waits_behind_people() -> None:
    outcome = decide(said("I am out of office", channel="email", automatic=True), rules(), "triage")
    assert (outcome.queue, outcome.priority) == ("triage", "low")


def test_a_hospital_is_heard_as_a_partner_and_a_citizen_with_its_words_is_not() -> None:
    text = "Discharge of a patient on Friday"
    ward = decide(said(text, channel="email", sender="ward7@anytown.nhs.uk"), rules(), "triage")
    assert (ward.rule, ward.priority) == ("Hospital discharge or referral by a partner", "high")
    assert decide(said(text, channel="email", sender="nhs.uk@example.org"), rules(), "triage").rule is None


def test_every_queue_is_reached_by_a_rule_and_staffed_by_somebody_who_answers() -> None:
    reached = {rule.then.queue for rule in rules().rules}
    staffed = {slug for agent in council()["agent"] if agent["role"] in ("agent", "leader") for slug in agent["queues"]}
    assert reached == staffed == queues()


def test_the_file_holds_together() -> None:
    departments = {department["slug"] for department in council()["department"]}
    assert {queue["department"] for queue in council()["queue"]} == departments
    assert {inbox["queue"] for inbox in council()["inbox"]} <= queues()
    inboxes = [f"{inbox['channel']}/{inbox['name']}" for inbox in council()["inbox"]]
    assert inboxes == ["sms/main", "voice/main", "voice/evenings", "email/help", "email/planning", "webchat/site"]
    people = [agent["email"] for agent in council()["agent"]]
    assert len(people) == len(set(people))


@pytest.mark.parametrize(
    ("text", "danger", "language"),
    [
        ("I don't want to be alive any more", "Self-harm or suicide", "en"),
        ("dw i eisiau marw", "Self-harm or suicide", "cy"),
        ("Chcę umrzeć", "Self-harm or suicide", "pl"),
        ("أريد أن أموت", "Self-harm or suicide", "ar"),
        ("the man next door is hitting his child again", "Child in danger", "en"),
        ("mae plentyn mewn perygl yma", "Child in danger", "cy"),
        ("I took too many tablets", "Self-harm or suicide", "en"),
        ("Chcę się zabić, nie chcę już żyć", "Self-harm or suicide", "pl"),
        ("vreau să mor", "Self-harm or suicide", "ro"),
        ("میں مرنا چاہتا ہوں", "Self-harm or suicide", "ur"),
        ("আমি মরতে চাই", "Self-harm or suicide", "bn"),
        ("the kids next door are being starved", "Child in danger", "en"),
        ("el vecino pega a sus hijos", "Child in danger", "es"),
        ("my husband beats me", "Violence and abuse at home", "en"),
        ("he’s going to hurt us", "Violence and abuse at home", "en"),
        ("mon compagnon m’a frappée", "Violence and abuse at home", "fr"),
        ("чоловік мене б’є", "Violence and abuse at home", "uk"),
        ("Es riecht im Flur stark nach Gas", "Gas leak", "de"),
        ("mae nwy yn gollwng", "Gas leak", "cy"),
        ("mąż mnie bije", "Violence and abuse at home", "pl"),
        ("there is a strong smell of gas in the stairwell", "Gas leak", "en"),
        ("رائحة غاز في المبنى", "Gas leak", "ar"),
    ],
)
def test_words_of_danger_raise_an_alarm_in_their_language(text: str, danger: str, language: str) -> None:
    decision = decide(said(text), rules(), "triage")
    assert [each.name for each in decision.more.dangers] == [danger]
    assert decision.more.dangers[0].when.language_of(said(text)) == language
    assert decision.priority == "urgent"


@pytest.mark.parametrize(
    "text",
    [
        "I nearly had to kill myself laughing at the new bins",
        "my gas bill is far too high",
        "I hurt my knee on the pavement",
        "is the children's library open",
        "he hit my parked car and drove off",
        "I can't live in this flat with the damp any more",
        "The suicide prevention charity wants to book the hall",
        "no smell of gas, I ask about the boiler grant",
        "I cut myself on a broken bottle in the park",
        "we left the children's centre at three",
    ],
)
def test_innocent_words_raise_none(text: str) -> None:
    assert decide(said(text), rules(), "triage").more.dangers == ()


def test_hours_and_targets_of_every_queue_can_be_read() -> None:
    for queue in council()["queue"]:
        hours = Hours.parse(queue.get("hours"))
        assert parse_duration(queue["first_response"], hours) < parse_duration(queue["resolution"], hours)


def test_the_explanation_names_the_words_that_settled_it() -> None:
    decision = explain(said("My black bin was NOT   collected"), rules(), "triage").to_json()
    settled = next(trial for trial in decision["explanation"] if trial["matched"])
    assert settled["rule"] == decision["rule"] == "Missed collection"
    assert "“not collected”" in settled["why"]
