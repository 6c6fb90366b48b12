"""A council of several languages knows in which of them somebody writes."""

import pytest

from hub.languages import Languages
from hub.models import Contact, Council
from tests.cases.anytown import Town


@pytest.mark.parametrize(
    ("tags", "text", "language"),
    [
        (("en-GB", "cy"), "My bin was not collected last week", "en-GB"),
        (("en-GB", "cy"), "Nid yw fy min wedi cael ei gasglu yr wythnos hon", "cy"),
        (("en-GB", "cy"), "Meine Tonne wurde nicht geleert", ""),  # neither
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
