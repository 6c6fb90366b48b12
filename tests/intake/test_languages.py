"""A council of several languages knows in which of them somebody writes."""

from typing import Any

import pytest
from sqlmodel import Session

from hub.languages import Languages
from hub.models import Agent, Contact, Council, Inbox, Message, RuleSet
from tests.cases.anytown import Town


@pytest.mark.parametrize(
    ("tags", "text", "language"),
    [
        (("en-GB", "cy"), "My bin was not collected last week", "en-GB"),
        (("en-GB", "cy"), "Nid yw fy min wedi cael ei gasglu yr wythnos hon", "cy"),
        (("en-GB", "cy"), "Meine Tonne wurde nicht geleert", ""),  # neither
        (("en-GB", "cy"), "ਸਾਡੀ ਗਲੀ ਵਿੱਚ ਕੂੜਾ ਨਹੀਂ ਚੁੱਕਿਆ ਗਿਆ", ""),  # nearer to Welsh than to English
        (("en-GB", "cy"), "Salaan, qashinka lama qaadin tan iyo Isniintii", ""),
        (("en-GB", "cy"), "Elm Road 4", ""),  # either
        (("en", "pl", "ur"), "Mój kosz nie został opróżniony", "pl"),
        (("en",), "My bin was not collected last week", ""),
        (("en", "tlh"), "My bin was not collected last week", ""),  # the other one can't be told
    ],
)
async def test_a_text_is_in_one_of_the_councils_languages(tags: tuple[str, ...], text: str, language: str) -> None:
    assert await Languages(tags).of(text) == language


async def test_a_contact_has_the_language_of_their_first_words(town: Town) -> None:
    await town.change(Council, 1, languages=["en", "cy"])
    await town.desk.reload()

    await town.mail("Nid yw fy min wedi cael ei gasglu yr wythnos hon")

    assert (await town.one(Contact)).language == "cy"


async def test_everybody_is_acknowledged_in_their_own_language(town: Town) -> None:
    """That of their words; where these don't tell, the one that they wrote in before; else the council's first."""
    inbox = town.hub.directory.inbox_by_name["email", "help"]
    texts = {"cy": "Diolch. Eich cyfeirnod yw {reference}.", "en": "Thank you. Your reference is {reference}."}
    await town.change(Inbox, inbox.id, acknowledgements=texts)
    await town.change(Council, 1, languages=["en", "cy"], revision=99)
    await town.desk.reload()

    mails = {
        "welsh": await town.mail("Nid yw fy min wedi cael ei gasglu yr wythnos hon", "a@example.org"),
        "english": await town.mail("My bin was not collected last week", "b@example.org"),
        "welsh before": await town.mail("Elm Road 4", "a@example.org"),
        "neither": await town.mail("Elm Road 4", "c@example.org"),
    }

    told = [message.text for message in await town.rows(Message, direction="out")]
    languages = ["cy", "en", "cy", "en"]
    assert told == [
        texts[language].format(reference=mail.reference)
        for language, mail in zip(languages, mails.values(), strict=True)
    ]


async def test_languages_that_rules_and_agents_name_are_told_apart_too(town: Town) -> None:
    rule = {"name": "Polish", "when": {"language": "pl"}, "then": {"queue": "roads", "tags": ["interpreter"]}}
    await town.change(Council, 1, languages=["en"])
    await town.db.write(publish, [rule])
    await town.change(Agent, town.agents["ann"], languages=["cy"])
    await town.desk.reload()

    polish = await town.case(await town.say("Mój kosz nie został opróżniony", "+447700900001"))
    welsh = await town.case(await town.say("Nid yw fy min wedi cael ei gasglu", "+447700900002"))

    assert (polish.rule, polish.tags, polish.facts["language"]) == ("Polish", ["interpreter"], "pl")
    assert (welsh.rule, welsh.facts["language"]) == (None, "cy")


def publish(session: Session, rules: list[dict[str, Any]]) -> None:
    session.add(RuleSet(rules=rules))
