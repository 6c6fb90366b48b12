"""Each condition: what it matches, what it misses, what it refuses, and that it says the same as it does."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from routing.condition import Condition, ConditionError, Names
from routing.conditions import CatalogueError, catalogue, discover
from routing.conditions.channel import ChannelIs
from routing.facts import Facts
from routing.rules import RuleErrors, RuleSet

LONDON = ZoneInfo("Europe/London")
MONDAY_NOON = datetime(2026, 3, 2, 12, tzinfo=LONDON)


def facts(**more: Any) -> Facts:
    return Facts(**{"channel": "sms", "inbox": "main", "text": "", "at": MONDAY_NOON, **more})


def at(hour: int, minute: int = 0, day: int = 2) -> Facts:
    return facts(at=MONDAY_NOON.replace(day=day, hour=hour, minute=minute))


MATCHED = [
    ("text_contains", "bin", facts(text="My bin, please")),
    ("text_contains", ["pothole", "missed bin"], facts(text="a MISSED\n\t bin!")),
    ("text_contains", "missed bin", facts(subject="Missed bin", text="see above")),
    ("text_contains", "straße", facts(text="in der STRASSE")),
    ("text_contains", "wasn't emptied", facts(text="It wasn’t emptied")),
    ("text_contains", "caf\u00e9", facts(text="the cafe\u0301 is shut")),
    ("text_contains", "tŷ", facts(text="TŶ ni")),
    ("text_contains", "हिन्दी", facts(text="मुझे हिन्दी में लिखें")),
    ("text_contains", "垃圾", facts(text="我的垃圾没有收走")),
    ("text_contains", "c++", facts(text="I write c++ code")),
    ("text_contains", "missed bin", facts(text="missed\u00a0bin")),
    ("text_contains", "\u0390", facts(text="\u03aa\u0301")),  # composed only after the case is folded
    ("text_contains", "fly-tipping", facts(text="Fly\u2011tipping here")),
    ("text_contains", "collection", facts(text="col\u00adlection")),
    ("subject_contains", "FOI request", facts(subject="Re: foi  request 7")),
    ("channel", ["voice", "SMS"], facts()),
    ("inbox", "main", facts(inbox="Main")),
    ("from", "+44 7700 900123", facts(sender="+447700900123")),
    ("from", ["Ann@Example.org"], facts(sender="ann@example.ORG")),
    ("from", "tel:+447700900123", facts(sender="+447700900123")),
    ("from_domain", "nhs.uk", facts(sender="a@NHS.uk")),
    ("from_domain", "@nhs.uk", facts(sender="a@ward.city.nhs.uk")),
    ("menu", ["waste", "roads"], facts(menu=("main", "roads"))),
    ("attachments", True, facts(attachments=1)),
    ("attachments", False, facts(attachments=0)),
    ("attachments", 3, facts(attachments=3)),
    ("known_contact", True, facts(known=True)),
    ("known_contact", False, facts()),
    ("open_cases", 2, facts(open_cases=2)),
    ("weekday", ["sat", "mon-fri"], facts()),
    ("weekday", "fri-mon", facts()),
    ("time_between", "17:00-09:00", at(17)),
    ("time_between", "17:00-09:00", at(8, 59)),
    ("time_between", "09:00-17:00", at(16, 59)),
    ("time_between", "12:00-24:00", at(23, 59)),
    ("time_between", "00:00-24:00", at(0)),
    ("language", "CY", facts(language="cy-gb")),
    ("language", ["en", "cy"], facts(language="en")),
    ("automatic", True, facts(automatic=True)),
    ("to", "+44 1632 960100", facts(to="+441632960100")),
    ("to", "Help@Anytown.example", facts(to="help@anytown.example")),
    ("verification", "delivered", facts(verification="verified")),
    ("contact_flag", ["Vulnerable", "vip"], facts(flags=("vulnerable",))),
    ("tag", ["a", "b"], facts(tags=("b", "c"))),
    ("repeat_contact", 7, facts(days_since=6.9)),
    ("queue_open", ["waste", "roads"], facts(hours=(("waste", False), ("roads", True)))),
    ("queue_open", {"queue": "waste", "is": False}, facts(hours=(("waste", False),))),
    ("postcode", "sa1", facts(text="at 3 Elm Road, sa1 2ab")),
    ("postcode", ["EH1", "SA"], facts(text="Elm Road SA102AB")),
    ("postcode", "SA1 2", facts(subject="SA12AB")),
    ("postcode", "101", facts(text="wohne in 10115 Berlin")),
    ("ward", "castle", facts(wards=("Castle", "Mill"))),
    ("topic", "waste", facts(topic="Waste")),
    ("topic", {"is": ["waste"], "confidence": 0.8}, facts(topic="waste", confidence=0.8)),
    ("topic", {"is": "waste", "confidence": 0.4}, facts(supposed=(("roads", 0.5), ("Waste", 0.4)))),
    (
        "text_stems",
        {"en": ["missed bin collection"]},
        facts(text="You MISSED bins' collections? no: missing bin collected"),
    ),
    ("text_stems", {"de": ["gelbe Tonne"], "en": ["x"]}, facts(text="die gelben Tonnen stehen noch")),
    ("text_like", "recycling", facts(text="my recyling was left")),
    ("text_like", ["missed bin"], facts(text="they misssed bin day")),
    ("text_like", "pothole", facts(text="a phothole!")),
    ("text_matches", r"kill(ing)? my ?self", facts(text="I think of KILLING\nmyself".replace("\n", " "))),
    ("text_matches", [r"\b26/\d{5}/ful\b"], facts(subject="26/00417/FUL")),
    ("expression", "open_cases > 2 && channel == 'sms'", facts(open_cases=3)),
    ("expression", "text.contains('bin') && !automatic && hour < 17", facts(text="My BIN")),
    ("expression", "menu.exists(m, m.startsWith('wa'))", facts(menu=("roads", "waste"))),
    ("expression", "postcodes.size() == 50", facts(text=" ".join(map(str, range(10_000, 10_100))))),
    ("expression", "days_since < 0.0 && confidence == 0.0", facts()),
    ("expression", "'waste' in supposed && supposed['waste'] > 0.4", facts(supposed=(("waste", 0.5),))),
]

MISSED = [
    ("text_contains", "bin", facts(text="robin in the cabin, binary")),
    ("text_contains", "bin", facts(text="bin_1")),
    ("text_contains", "missed bin", facts(text="We missed. Bin it")),
    ("text_contains", "missed bin", facts(subject="missed", text="bin")),
    ("text_contains", "कर", facts(text="करें")),
    ("text_contains", "न्", facts(text="हिन्दी")),
    ("text_contains", "cafe", facts(text="cafe\u0301")),
    ("subject_contains", "foi", facts(subject="Hello", text="foi")),
    ("channel", "voice", facts()),
    ("inbox", "help", facts()),
    ("from", "+447700900124", facts(sender="+447700900123")),
    ("from", "ann@example.org", facts(sender="joann@example.org")),
    ("from", "ann@example.org", facts()),
    ("from_domain", "nhs.uk", facts(sender="a@notnhs.uk")),
    ("from_domain", "nhs.uk", facts(sender="nhs.uk@example.org")),
    ("from_domain", "nhs.uk", facts(sender="+447700900123")),
    ("menu", "waste", facts()),
    ("attachments", True, facts()),
    ("attachments", False, facts(attachments=1)),
    ("attachments", 3, facts(attachments=2)),
    ("known_contact", True, facts()),
    ("open_cases", 1, facts()),
    ("weekday", "tue-sun", facts()),
    ("time_between", "17:00-09:00", at(9)),
    ("time_between", "17:00-09:00", at(16, 59)),
    ("time_between", "09:00-17:00", at(17)),
    ("language", "cy", facts(language="cym")),
    ("language", "cy", facts()),
    ("automatic", True, facts()),
    ("topic", ["waste"], facts(text="waste")),
    ("topic", {"is": "waste", "confidence": 0.8}, facts(topic="waste", confidence=0.79)),
    ("topic", "waste", facts(topic="roads", confidence=1.0)),
    ("topic", "waste", facts(supposed=(("waste", 0.9),))),
    ("topic", {"is": "waste", "confidence": 0.5}, facts(supposed=(("roads", 0.5), ("waste", 0.4)))),
    ("to", "+441632960101", facts(to="+441632960100")),
    ("verification", "verified", facts(verification="delivered")),
    ("verification", "claimed", facts()),
    ("contact_flag", "vip", facts(flags=("vulnerable",))),
    ("tag", "a", facts()),
    ("repeat_contact", 7, facts(days_since=7.1)),
    ("repeat_contact", 7, facts()),
    ("queue_open", "waste", facts(hours=(("waste", False),))),
    ("queue_open", {"queue": "waste", "is": False}, facts()),
    ("postcode", "SA1", facts(text="SA10 2AB")),
    ("postcode", "S", facts(text="SA1 2AB")),
    ("postcode", "SA1 2", facts(text="SA1 and 2 others")),
    ("ward", "castle", facts(text="castle")),
    ("text_stems", {"en": ["missed bin"]}, facts(text="the bin was missed")),
    ("text_stems", {"en": ["missed bin"]}, facts(subject="missed", text="bin")),
    ("text_like", "bin", facts(text="bit bun")),
    ("text_like", "road 12", facts(text="road 13")),
    ("text_like", "missed bin", facts(subject="missed", text="bin")),
    ("text_like", "repair", facts(text="prepares")),
    ("text_matches", r"\bbin\b", facts(text="robin")),
    ("expression", "open_cases > 2", facts(open_cases=2)),
    ("expression", "postcodes[0] == 'SA1 2AB'", facts()),
]


@pytest.mark.parametrize(
    ("name", "argument", "message", "expected"),
    [(*row, True) for row in MATCHED] + [(*row, False) for row in MISSED],
)
def test_a_condition_decides_and_its_explanation_says_so(
    name: str, argument: object, message: Facts, expected: bool
) -> None:
    condition = discover()[name].parse(argument)
    comparison = condition.explain(message)
    assert condition.test(message) is comparison.held
    assert comparison.matched is expected
    assert comparison.condition == name
    assert comparison.why


SAYS: list[tuple[str, Any, dict[str, Any], str, str]] = [  # what the rule wants, and what it says of a miss
    ("text_contains", ["bin", "bins"], {}, "it says “bin” or “bins”", "it does not say “bin” or “bins”"),
    (
        "text_contains",
        list("abcdefg"),
        {},
        "it says “a”, “b”, “c”, “d” or 3 more",
        "it does not say “a”, “b”, “c”, “d” or 3 more",
    ),
    ("subject_contains", "invoice", {}, "its subject says “invoice”", "its subject does not say “invoice”"),
    ("text_like", "rubbish", {}, "it says something like “rubbish”", "it says nothing like “rubbish”"),
    ("text_stems", {"en": ["miss"]}, {}, "it says a form of “miss”", "it says no form of “miss”"),
    ("text_matches", "[0-9]{6}", {}, "it matches the pattern “[0-9]{6}”", "it matches no pattern of “[0-9]{6}”"),
    (
        "channel",
        ["voice", "email"],
        {},
        "it comes by telephone or mail",
        "it came by text, not by telephone or mail",
    ),
    ("channel", "fax", {"channel": "post"}, "it comes by “fax”", "it came by “post”, not by “fax”"),
    ("inbox", "help", {}, "it comes to the inbox “help”", "it came to the inbox “main”, not “help”"),
    (
        "to",
        "+441632960100",
        {"to": "+441632960999"},
        "it comes to “+441632960100”",
        "it came to “+441632960999”, not to “+441632960100”",
    ),
    ("to", "a@b.example", {}, "it comes to “a@b.example”", "nobody knows where it came to"),
    ("from", "ann@b.example", {}, "it comes from “ann@b.example”", "nobody knows whom it came from"),
    (
        "from",
        "a@b.example",
        {"sender": "c@b.example"},
        "it comes from “a@b.example”",
        "it came from “c@b.example”, not from “a@b.example”",
    ),
    (
        "from_domain",
        "gov.uk",
        {"sender": "a@b.example"},
        "it comes from an address at “gov.uk”",
        "it came from an address at “b.example”, not at “gov.uk”",
    ),
    ("from_domain", "gov.uk", {}, "it comes from an address at “gov.uk”", "it came from no mail address"),
    ("menu", ["1"], {"menu": ("2",)}, "the caller chooses “1” in the menu", "the caller chose “2”, not “1”"),
    ("menu", ["1"], {}, "the caller chooses “1” in the menu", "nothing was chosen in a phone menu"),
    ("language", "cy", {"language": "en-GB"}, "it is in Welsh", "it is in English (en-GB), not in Welsh"),
    ("language", ["cy", "tlh"], {}, "it is in Welsh or tlh", "its language is not known"),
    (
        "time_between",
        "17:00-09:00",
        {},
        "it comes between 17:00 and 09:00",
        "it came at 12:00, not between 17:00 and 09:00",
    ),
    ("weekday", "sun", {}, "it comes on Sunday", "it came on Monday, not on Sunday"),
    ("weekday", "tue-fri", {}, "it comes on Tuesday to Friday", "it came on Monday, not on Tuesday to Friday"),
    ("queue_open", "waste", {"hours": (("waste", False),)}, "the queue “waste” is open", "the queue “waste” is closed"),
    ("queue_open", "waste", {}, "the queue “waste” is open", "the hours of “waste” are not known"),
    ("attachments", 2, {"attachments": 1}, "it has at least 2 attachments", "it has 1 attachment, fewer than 2"),
    ("attachments", True, {}, "it has an attachment", "it has no attachment"),
    ("attachments", False, {"attachments": 2}, "it has no attachment", "it has 2 attachments"),
    ("automatic", True, {}, "a machine wrote it", "a person wrote it"),
    ("known_contact", True, {}, "the citizen has earlier cases", "the citizen has no earlier case"),
    (
        "contact_flag",
        "vip",
        {"flags": ("x", "y")},
        "the citizen is flagged “vip”",
        "the citizen is flagged “x” and “y”, not “vip”",
    ),
    ("contact_flag", "vip", {}, "the citizen is flagged “vip”", "the citizen has no flag"),
    (
        "open_cases",
        3,
        {"open_cases": 1},
        "the citizen has at least 3 open cases",
        "the citizen has 1 open case, fewer than 3",
    ),
    ("open_cases", 1, {}, "the citizen has at least 1 open case", "the citizen has no open case"),
    (
        "repeat_contact",
        7,
        {"days_since": 9.5},
        "something happened in the citizen’s cases within the last 7 days",
        "something last happened in the citizen’s cases 9 days ago, more than 7 days",
    ),
    (
        "postcode",
        "SA1",
        {"text": "CF24 1AA"},
        "it names a postcode in “SA1”",
        "it names the postcode “CF24 1AA”, none in “SA1”",
    ),
    ("postcode", "SA1", {}, "it names a postcode in “SA1”", "it names no postcode"),
    (
        "ward",
        "Castle",
        {"wards": ("Bay", "Mill")},
        "it names a postcode in the ward “Castle”",
        "it names a postcode in the wards “Bay” and “Mill”, not “Castle”",
    ),
    ("ward", "Castle", {}, "it names a postcode in the ward “Castle”", "it names no postcode of a known ward"),
    (
        "verification",
        "verified",
        {"verification": "claimed"},
        "the sender’s address is verified",
        "the sender’s address is only claimed, not verified",
    ),
    (
        "verification",
        "delivered",
        {"verification": "claimed"},
        "the sender’s address is one that a message came from, or verified",
        "the sender’s address is only claimed, not one that a message came from",
    ),
    ("tag", "x", {"tags": ("y",)}, "it has the tag “x” by then", "it has the tag “y”, not “x”"),
    ("tag", "x", {}, "it has the tag “x” by then", "it has no tag so far"),
    (
        "topic",
        "waste",
        {"topic": "roads", "confidence": 0.9},
        "its topic is “waste”",
        "its topic is “roads” (90% sure), not “waste”",
    ),
    (
        "topic",
        {"is": "waste", "confidence": 0.5},
        {"supposed": (("waste", 0.4),)},
        "its topic is “waste”, at least 50% sure",
        "its topic is “waste” (40% sure), less than 50%",
    ),
    ("topic", "waste", {}, "its topic is “waste”", "nothing here learns topics"),
    (
        "expression",
        "open_cases > 2 && tags.exists(t, t == 'x') && text.contains('bin')",
        {},
        "the expression “open_cases > 2 && tags.exists(t, t == 'x') && text.contains('bin')” holds",
        "the expression “open_cases > 2 && tags.exists(t, t == 'x') && text.contains('bin')” does not hold: "
        "open_cases is 0 and tags is empty",
    ),
]


LONG = " + ".join(["text"] * 12)
DEAR_IN_A_LOOP = f"postcodes.all(b, ({LONG}).contains(channel + b))"
DEAR = f"tags.all(a, {DEAR_IN_A_LOOP})"


def test_every_condition_says_in_plain_words_what_it_wants_and_why_it_missed() -> None:
    for name, argument, more, wants, why in SAYS:
        condition = discover()[name].parse(argument)
        assert (condition.wants(Names()), condition.explain(facts(**more)).why) == (wants, why)
    assert {row[0] for row in SAYS} == discover().keys()


def test_every_condition_on_disk_is_seen_to_match_and_to_miss() -> None:
    assert {row[0] for row in MATCHED} == discover().keys()
    assert {row[0] for row in MISSED} == discover().keys()


@pytest.mark.parametrize(
    ("name", "argument", "reason"),
    [
        ("text_contains", [], "the list is empty"),
        ("text_contains", "  ", "must not be empty"),
        ("text_contains", "\u200b", "no visible character"),
        ("text_contains", 7, "must be a string or a list of strings, not a number"),
        ("text_contains", {"a": 1}, "not a table"),
        ("text_contains", ["x" * 201], "longer than 200 characters"),
        ("text_contains", ["word"] * 1001, "more than 1000"),
        ("subject_contains", [True], "must be a string, not true or false"),
        ("channel", [""], "must not be empty"),
        ("from", "07700 900123", "in full, with \\+"),
        ("from_domain", "a@b.c", "is not a domain"),
        ("from_domain", "nhs..uk", "is not a domain"),
        ("menu", None, "must be a string or a list"),
        ("attachments", 0, "must be 1 or more"),
        ("attachments", "yes", "must be a whole number, not a string"),
        ("known_contact", 1, "must be true or false, not a number"),
        ("automatic", "true", "must be true or false, not a string"),
        ("open_cases", True, "must be a whole number, not true or false"),
        ("open_cases", 1.5, "must be a whole number"),
        ("weekday", "mondag", '"mondag" is not a weekday'),
        ("weekday", "mon-", '"" is not a weekday'),
        ("time_between", "9-17", "must be two times such as"),
        ("time_between", "09:00-25:00", "25:00 is not a time of day"),
        ("time_between", "09:60-10:00", "09:60 is not a time of day"),
        ("time_between", "09:00-09:00", "begins and ends at the same time"),
        ("time_between", "24:00-09:00", "write 00:00"),
        ("time_between", ["09:00-17:00"], "not a list"),
        ("language", "english please", "“english please” is no language that is known here"),
        ("topic", [], "the list is empty"),
        ("topic", {"is": "x", "confidence": 2}, "must be a number from 0 to 1"),
        ("topic", {"confidence": 0.5}, "is missing"),
        ("to", "01632 960100", "in full, with \\+"),
        ("verification", "sure", "must be one of claimed, delivered, verified"),
        ("repeat_contact", 0, "must be 1 or more"),
        ("queue_open", {"queue": "waste", "open": True}, "there are queue, is"),
        ("postcode", "Elm Road", '"Elm Road" is no postcode'),
        ("text_stems", ["bin"], "must be a table by language"),
        ("text_stems", {"cy": ["bin"]}, "there is no stemmer for this language; there are ar, "),
        ("text_stems", {"en": []}, "the list is empty"),
        ("text_like", "!!", "has no letter or digit"),
        ("text_matches", "(bin", "not a regular expression: missing \\)"),
        ("text_matches", "bin(?=s)", "not a regular expression: invalid perl operator"),
        ("text_matches", "b*", "matches even an empty text"),
        ("expression", "open_cases >", "doesn't compile: at 1:13: Syntax error: it ends too early$"),
        ("expression", "1 == 1", "looks at nothing of the message"),
        ("expression", "postcodes.map(a, postcodes.map(b, text + a + b)).size() == 1", "could run long: all of it"),
        ("expression", f"channel == 'voice' && {DEAR}", "could run long: all of it"),
        ("expression", f"channel != 'voice' || {DEAR}", "could run long: all of it"),
        ("expression", f"channel == 'voice' ? {DEAR} : true", "could run long: all of it"),
        ("expression", f"tags.exists(t, t == 'x' && {DEAR_IN_A_LOOP})", "could run long: all of it"),
        ("expression", r"text == r'\' && menu.all(a, menu.all(b, menu.all(c, a == r'\')))", "at most 2 of all"),
        (
            "expression",
            "channel == 'voice' && text + open_cases == 'a'",
            "doesn't work: unsupported operation: string \\+ int",
        ),
        ("expression", "channel == 'voice' && text.split(' ').size() > 2", "there is no function “split”"),
        ("expression", "supposed['waste'] > 0.5", "there may be no 'waste'; ask first, as in 'waste' in supposed"),
        ("expression", "cases > 2", 'there is no "cases"; there are text, subject, '),
        ("expression", "open_cases", "must give true or false, not int"),
        ("expression", "open_cases + 'a' == 'b'", "doesn't work: "),
        ("expression", "text.matches('b.*n')", "for patterns use the condition text_matches"),
        ("expression", "menu.all(a, menu.all(b, menu.all(c, a == c)))", "could run long"),
        ("expression", "lower(text) == 'a'", "there is no function “lower”"),
        ("expression", "1 == 1 || " * 100 + "true", "longer than 1000 characters"),
    ],
)
def test_a_malformed_argument_is_refused_with_a_plain_reason(name: str, argument: object, reason: str) -> None:
    with pytest.raises(ConditionError, match=reason):
        discover()[name].parse(argument).check()


@pytest.mark.parametrize("argument", [None, True, 1, -1, 2.5, "", [], {}, [[]], [None], MONDAY_NOON])
@pytest.mark.parametrize("name", sorted(discover()))
def test_no_argument_of_any_kind_breaks_a_condition(name: str, argument: object) -> None:
    with suppress(ConditionError):
        condition = discover()[name].parse(argument)
        condition.check()
        assert condition.explain(facts()).held is condition.test(facts())


def test_the_phrase_that_was_found_is_reported_as_the_rule_writes_it() -> None:
    condition = discover()["text_contains"].parse(["Lamp post", "Missed  Bin"])
    assert condition.explain(facts(text="a missed\nBIN")).actual == "Missed  Bin"


def test_the_longer_of_two_phrases_that_begin_alike_is_found() -> None:
    condition = discover()["text_contains"].parse(["missed", "missed bin"])
    assert condition.explain(facts(text="missed bin")).actual == "missed bin"


def test_a_clause_says_the_councils_own_names_and_as_many_as_are_asked_for() -> None:
    names = Names({"queue": {"waste": "Waste and recycling"}}, most=None)
    assert discover()["queue_open"].parse("waste").wants(names) == "the queue “Waste and recycling” is open"
    assert discover()["text_contains"].parse(list("abcde")).wants(names) == "it says “a”, “b”, “c”, “d” or “e”"


class Second(ChannelIs):
    __slots__ = ()


class Nameless(ChannelIs):
    __slots__ = ()
    name = ""


class Taken(ChannelIs):
    __slots__ = ()
    name = "any"


@pytest.mark.parametrize(
    ("offers", "reason"),
    [
        ([("here", None)], "here offers no `condition`"),
        ([("here", ChannelIs.parse("sms"))], "here offers no `condition`"),
        ([("here", Condition)], "here: the condition lacks actual, expected, matches, parse"),
        ([("here", Nameless)], "here: the condition has no name"),
        ([("here", Taken)], "here: any is not free"),
        ([("there", ChannelIs), ("here", Second)], "two conditions are called channel: one is here"),
    ],
)
def test_a_condition_file_that_is_malformed_is_refused(offers: list[tuple[str, object]], reason: str) -> None:
    with pytest.raises(CatalogueError, match=reason):
        catalogue(offers)


class Brittle(ChannelIs):
    """Breaks on one channel, in the comparison or only in the wording."""

    __slots__ = ()
    name = "brittle"

    def matches(self, actual: Any) -> bool:
        if actual == "voice":
            raise RuntimeError("what the citizen said")
        return True

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        raise KeyError("what the citizen said")


@pytest.mark.parametrize(("channel", "held", "kind"), [("voice", None, "RuntimeError"), ("sms", True, "KeyError")])
def test_a_condition_that_breaks_says_so_without_the_citizens_words(channel: str, held: bool, kind: str) -> None:
    brittle = Brittle.parse("x")
    comparison = brittle.explain(facts(channel=channel))
    assert comparison.held is brittle.test(facts(channel=channel)) is held
    assert comparison.why == f"the condition could not be tested ({kind})"


@pytest.mark.parametrize(
    "written",
    [
        "'waste' in supposed && supposed['waste'] > 0.5",
        "open_cases > 0 && 100 / open_cases > 20",
        "wards.size() > 0 && wards[0] == 'Castle'",
        "tags.exists(t, t in ['a', 'b'] && t != channel) || days_since >= 0.0 && days_since < 3.5",
        "language == 'cy' ? hour < 9 : (weekday in ['sat', 'sun'] || minute == 0) // or on a Sunday",
    ],
)
def test_an_expression_that_asks_before_it_looks_may_be_kept(written: str) -> None:
    discover()["expression"].parse(written).check()


def test_rules_in_force_load_whatever_the_machine_thinks_of_their_expressions() -> None:
    entry = {"name": "r", "when": {"expression": f"channel == 'voice' && {DEAR}"}, "then": {"queue": "waste"}}
    with pytest.raises(RuleErrors, match=r"when\.expression: could run long"):
        RuleSet.parse([entry], {"waste"})
    assert RuleSet.parse([entry], None).rules
