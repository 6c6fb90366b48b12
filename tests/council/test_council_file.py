"""A council file is read whole, or refused whole with every line, key and reason."""

import pytest

from hub.council_file import CouncilFileErrors, parse
from hub.errors import Invalid
from hub.models import Role

PROVIDER = 'config = {provider = "twilio", account_sid = "a", auth_token = "b"}\n'


def refused(text: str) -> list[str]:
    with pytest.raises(CouncilFileErrors) as errors:
        parse(text)
    return str(errors.value).splitlines()


def test_a_small_file_is_read_with_its_defaults(small: str) -> None:
    file = parse(small)
    assert (file.council.country, file.council.timezone, file.council.languages) == ("GB", "Europe/London", ("en",))
    assert [queue.slug for queue in file.queues] == ["triage", "waste"]
    assert file.queues[1].hours == {"mon-fri": "09:00-17:00"}
    assert [agent.role for agent in file.agents] == [Role.AGENT, Role.LEADER]
    assert file.agents[0].email == "ann@smallham.example"
    assert file.rules[0]["name"] == "Missed bin"


def test_an_inbox_gets_what_is_usual_for_its_channel(small: str) -> None:
    sms, webchat = parse(small).inboxes
    assert (sms.address, sms.continuity, sms.rate) == ("+441632960100", 14, 1.0)
    assert (webchat.address, webchat.continuity, webchat.rate) == (None, 14, 0.0)
    assert sms.acknowledge == webchat.acknowledge
    assert "{reference}" in sms.acknowledge[""]


def test_a_call_is_not_acknowledged_unless_the_file_says_so(small: str) -> None:
    voice = parse(small.replace('channel = "sms"', 'channel = "voice"')).inboxes[0]
    assert (voice.acknowledge, voice.continuity, voice.rate) == ({}, 14, 1.0)


def test_mail_is_threaded_by_its_headers_alone(small: str) -> None:
    text = small.replace(
        'channel = "webchat"\nname = "site"', 'channel = "email"\nname = "help"\naddress = "Help@Smallham.example"'
    )
    email = parse(text).inboxes[1]
    assert (email.address, email.continuity, email.rate) == ("help@smallham.example", 0, 20.0)


def test_secrets_stay_as_they_are_written_and_out_of_sight(small: str) -> None:
    sms = parse(small).inboxes[0]
    assert sms.config["account_sid"] == "env:TWILIO_ACCOUNT_SID"
    assert "very-secret-token" not in repr(parse(small))


def test_sms_and_voice_share_a_number_and_a_name(small: str) -> None:
    twin = '[[inbox]]\nchannel = "voice"\nname = "main"\naddress = "+441632960100"\nqueue = "triage"\n'
    config = '[inbox.config]\nprovider = "twilio"\naccount_sid = "a"\nauth_token = "b"\n\n'
    file = parse(small.replace("[[rule]]", f"{twin}{config}[[rule]]"))
    assert [inbox.name for inbox in file.inboxes] == ["main", "site", "main"]


@pytest.mark.parametrize(("written", "days"), [("14", 14), ('"14d"', 14), ("0", 0), ('"0d"', 0), ("3650", 3650)])
def test_continuity_is_in_days_however_it_is_written(small: str, written: str, days: int) -> None:
    text = small.replace('name = "main"\n', f'name = "main"\ncontinuity = {written}\n')
    assert parse(text).inboxes[0].continuity == days


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_lines_may_end_either_way(small: str, ends: str) -> None:
    text = small.replace('name = "Waste"', "name = 4").replace("\n", ends)
    assert refused(text) == ["line 6: department.name: must be a string, not a number"]


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ('name = "Smallham Council"', 'name = " "', "line 2: council.name: must not be empty"),
        ('name = "Smallham Council"', "", "line 1: council.name: is missing"),
        (
            'name = "Smallham Council"',
            'name = "A"\ncontry = "GB"',
            "line 3: council.contry: there is no such key; there are name, country, ",
        ),
        (
            'name = "Smallham Council"',
            'name = "A"\ncountry = "UK"',
            "line 3: council.country: must be a country in two capital letters (ISO 3166), such as GB",
        ),
        (
            'name = "Smallham Council"',
            'name = "A"\ntimezone = "London"',
            "line 3: council.timezone: must be a time zone such as Europe/London",
        ),
        (
            'name = "Smallham Council"',
            'name = "A"\ntimezone = "../zone"',
            "line 3: council.timezone: must be a time zone such as Europe/London",
        ),
        (
            'name = "Smallham Council"',
            'name = "A"\nlanguages = ["en", "Welsh!"]',
            "line 3: council.languages[1]: must be a language tag such as en or cy",
        ),
        (
            'name = "Smallham Council"',
            'name = "A"\nlanguages = "en"',
            "line 3: council.languages: must be a list, not a string",
        ),
        (
            'name = "Smallham Council"',
            'name = "A\\u0000"',
            "line 2: council.name: must be one line of at most 120 characters",
        ),
        (
            'slug = "waste"\nname = "Waste"',
            'slug = "Waste"\nname = "Waste"',
            "line 5: department.slug: must be lower-case letters, digits and ",
        ),
        (
            'department = "waste"\nname = "Triage"',
            'department = "wast"\nname = "Triage"',
            'line 10: queue.department: there is no department "wast"',
        ),
        (
            'slug = "waste"\ndepartment',
            'slug = "triage"\ndepartment',
            "line 14: queue.slug: another queue has the same slug",
        ),
        (
            'first_response = "4h"',
            'first_response = "4 hours"',
            "line 17: queue.first_response: must be a number and m, h or d, such as 30m, 4h or 5d",
        ),
        (
            'resolution = "5d"',
            'forget_after = "29d"',
            'line 18: queue.forget_after: must be a number of days such as "730d", from 30 to 36500',
        ),
        ('resolution = "5d"', "resolution = 5", "line 18: queue.resolution: must be a string, not a number"),
        ("{ mon-fri =", "{ mon-fry =", 'line 19: queue.hours.mon-fry: "fry" is not a weekday: use mon, '),
        ('"09:00-17:00"', '"9-5"', "line 19: queue.hours.mon-fri: must be two times such as 09:00-17:00"),
        (
            '"09:00-17:00" }',
            '"09:00-17:00", mon = "1" }',
            "line 19: queue.hours.mon: must be two times such as 09:00-17:00",
        ),
        ('channel = "sms"', 'channel = "fax"', "line 22: inbox.channel: there is no such channel; there are "),
        (
            'address = "01632 960100"',
            'address = "abc"',
            "line 24: inbox.address: must be a telephone number, such as +441632960100",
        ),
        ('address = "01632 960100"\n', "", "line 21: inbox.address: is missing"),
        ('queue = "triage"\n[', 'queue = "triag"\n[', 'line 25: inbox.queue: there is no queue "triag"'),
        (
            'queue = "triage"\n[',
            'queue = "triage"\nrate = "1"\n[',
            "line 26: inbox.rate: must be a number of messages a second; 0 for as many as there are",
        ),
        ('queue = "triage"\n[', 'queue = "triage"\nrate = -1\n[', "line 26: inbox.rate: must be at least 0"),
        ('queue = "triage"\n[', 'queue = "triage"\nrate = inf\n[', "line 26: inbox.rate: must be at most 1000"),
        (
            'queue = "triage"\n[',
            'queue = "triage"\ncontinuity = "2 weeks"\n[',
            'line 26: inbox.continuity: must be a number of days, such as 14 or "14d"; at most 3650',
        ),
        (
            'queue = "triage"\n[',
            'queue = "triage"\ncontinuity = true\n[',
            'line 26: inbox.continuity: must be a number of days, such as 14 or "14d"; at most 3650',
        ),
        (
            'queue = "triage"\n[',
            'queue = "triage"\nacknowledge = "Dear {name}"\n[',
            "line 26: inbox.acknowledge: there is no {name}; there are {reference} and {council}",
        ),
        (
            'queue = "triage"\n[',
            'queue = "triage"\nacknowledge = { cy = "Diolch {enw}" }\n[',
            "line 26: inbox.acknowledge: there is no {enw}; there are {reference} and {council}",
        ),
        (
            'queue = "triage"\n[',
            'queue = "triage"\nacknowledge = { en = "" }\n[',
            "line 26: inbox.acknowledge: en must not be empty",
        ),
        (
            'queue = "triage"\n[',
            'queue = "triage"\nacknowledge = 3\n[',
            "line 26: inbox.acknowledge: must be a text, or a table of texts by language",
        ),
        (
            'provider = "twilio"',
            'provider = "carrier pigeon"',
            "line 27: inbox.config.provider: must be one of notify, twilio",
        ),
        (
            'queue = "triage"\n[',
            'queue = "triage"\nquiet = { mon-sun = "9pm-8am" }\n[',
            "line 26: inbox.quiet.mon-sun: must be two times such as 09:00-17:00",
        ),
        (
            'queue = "triage"\n[',
            'queue = "triage"\nfailover = "sms/other"\n[',
            'line 26: inbox.failover: there is no inbox "sms/other": write channel/name',
        ),
        (
            'queue = "triage"\n[',
            'queue = "triage"\nfailover = "webchat/site"\n[',
            "line 26: inbox.failover: must be an inbox of the same channel (sms)",
        ),
        (
            'queue = "triage"\n[',
            'queue = "triage"\nfailover = "sms/main"\n[',
            "line 26: inbox.failover: must be another inbox than this one",
        ),
        (
            'auth_token = "very-secret-token"\n',
            'auth_token = "x"\n[[inbox.config.keyword]]\nwords = ["BINS"]\nanswer = { en = "{when}" }\n',
            "line 32: inbox.config.keyword[0].answer.en: there is no {when}; there is {council}",
        ),
        (
            'account_sid = "env:TWILIO_ACCOUNT_SID"\n',
            "",
            'line 26: inbox.config.account_sid: is missing; write it as "env:NAME" and set that variable',
        ),
        (
            'provider = "twilio"',
            'provider = "twilio"\ncolour = "red"',
            "line 28: inbox.config.colour: no such setting; there are ",
        ),
        (
            'channel = "webchat"\nname = "site"',
            'channel = "webchat"\nname = "Site!"',
            "line 33: inbox.name: must be lower-case letters",
        ),
        (
            'channel = "webchat"\nname = "site"\n',
            'channel = "sms"\nname = "main"\naddress = "+441632960101"\n' + PROVIDER,
            "line 33: inbox.name: another inbox of this channel (sms) has the same name",
        ),
        (
            'channel = "webchat"\nname = "site"\n',
            'channel = "sms"\nname = "two"\naddress = "+441632960100"\n' + PROVIDER,
            "line 34: inbox.address: another inbox of this channel (sms) has the same address",
        ),
        ('name = "Missed bin"', "name = 1", "line 37: rule.name: must be a string that isn't empty"),
        ('{ text_contains = "missed bin" }', "{ }", "line 38: rule.when: has no condition"),
        (
            '{ text_contains = "missed bin" }',
            "{ text_contain = 1 }",
            "line 38: rule.when.text_contain: there is no such condition; there are ",
        ),
        (
            '{ text_contains = "missed bin" }',
            '{ any = [\n{ channel = "sms" },\n{ text_contains = ["a",\n""] } ] }',
            "line 41: rule.when.any[1].text_contains[1]: must not be empty",
        ),
        ('then = { queue = "waste"', 'then = { queue = "wast"', 'line 39: rule.then.queue: there is no queue "wast"'),
        ("when = { ", 'when = { channel = "fax", ', 'line 38: rule.when.channel: there is no channel "fax"'),
        ("when = { ", 'when = { inbox = "sms/main", ', 'line 38: rule.when.inbox: there is no inbox "sms/main"'),
        (
            'tags = ["missed"]',
            'tags = ["missed"], priority = "soon"',
            "line 39: rule.then.priority: must be one of low, normal, high, urgent",
        ),
        (
            'tags = ["missed"]',
            'tags = ["mis\\u0000sed"]',
            "line 39: rule.then.tags[0]: holds the character U+0000, which can't be stored",
        ),
        (
            'email = "Ann@Smallham.example"',
            'email = "ann"',
            "line 42: agent.email: must be an e-mail address, such as help@anytown.example",
        ),
        (
            'email = "bob@smallham.example"',
            'email = "ANN@smallham.example"',
            "line 47: agent.email: another agent has the same email",
        ),
        ('role = "leader"', 'role = "boss"', "line 49: agent.role: must be one of agent, leader, admin, auditor"),
        (
            'queues = ["triage", "waste"]',
            'queues = ["triage",\n"roads"]',
            'line 45: agent.queues[1]: there is no queue "roads"',
        ),
        ('queues = ["triage", "waste"]', 'queues = "waste"', "line 44: agent.queues: must be a list, not a string"),
        ("[[rule]]", "[[rules]]", "line 36: rules: there is no such table; there are council, department, "),
        ("[council]", "[concil]", "line 1: council: is missing"),
        ("[[department]]", "[department]", "line 4: department: must be a list of tables: write [[department]]"),
        ("[council]\n", '[council]\nname = "Twice"\n', "line 3: not TOML: cannot overwrite a value"),
        ('name = "Ann"', 'name = "Ann', "line 43: not TOML: illegal character '\\n'"),
        ('role = "leader"\n', 'role = """leader\n', "line 49: not TOML: "),
    ],
)
def test_a_fault_is_told_with_line_key_and_reason(small: str, right: str, wrong: str, complaint: str) -> None:
    assert right in small
    complaints = refused(small.replace(right, wrong, 1))
    assert [line for line in complaints if line.startswith(complaint)], complaints


def test_every_problem_is_told_at_once_in_the_order_of_the_file(small: str) -> None:
    text = small.replace('name = "Waste"', "name = 1").replace('"4h"', '"4x"').replace('name = "Bob"', "")
    assert refused(text) == [
        "line 6: department.name: must be a string, not a number",
        "line 17: queue.first_response: must be a number and m, h or d, such as 30m, 4h or 5d",
        "line 46: agent.name: is missing",
    ]


def test_a_faulty_queue_is_not_told_again_where_it_is_named(small: str) -> None:
    text = small.replace('name = "Triage"', "name = 1")
    assert refused(text) == ["line 11: queue.name: must be a string, not a number"]


def test_a_secret_is_in_no_complaint(small: str) -> None:
    text = small.replace('provider = "twilio"', "provider = 1").replace('"triage"\n[', '"triage"\nrate = {}\n[')
    complaints = refused(text)
    assert len(complaints) == 2
    assert "very-secret-token" not in "\n".join(complaints)


@pytest.mark.parametrize(
    "text", ["", "[council]", "rule = 1", "queue = [1, 2]", "x = " + "[" * 5000, "\x00", "[[inbox]]"]
)
def test_whatever_is_written_is_refused_in_words(text: str) -> None:
    assert all(line.startswith("line ") for line in refused(text))


def test_a_refusal_is_an_error_that_the_hub_expects(small: str) -> None:
    with pytest.raises(Invalid, match=r"^line 1: not TOML: "):
        parse("council")
