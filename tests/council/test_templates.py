"""[[template]]: ready-made words, by language and channel."""

import pytest

from hub.actions.council.apply_council import apply_council
from hub.council_file import CouncilFileErrors, parse
from hub.db.database import Database
from hub.queries.templates import templates

COUNCIL = '[council]\nname = "Anytown"\n'
BIN = """
[[template]]
slug = "bin"
name = "Bin comes"
channels = ["email", "sms"]
text = { en = "Dear {name}, case {reference}. {agent}, {council}", cy = "Annwyl {name}" }
"""


@pytest.mark.parametrize(
    ("written", "line", "problem"),
    [
        ('slug = "a"\nname = "A"\ntext = "Hello {nam}"', 6, "there is no {nam}; there are {reference}, {name}"),
        ('slug = "a"\nname = "A"\ntext = ""', 6, "must not be empty"),
        ('slug = "a"\nname = "A"\ntext = {}', 6, "must be a text, or a table of texts by language"),
        ('slug = "a"\nname = "A"\ntext = { English = "Hi" }', 6, '"English" is no language tag'),
        ('slug = "a"\nname = "A"\ntext = "Hi"\nchannels = ["fax"]', 7, 'there is no channel "fax"; there are'),
        ('slug = "A b"\nname = "A"\ntext = "Hi"', 4, "must be lower-case letters"),
        ('slug = "a"\nname = "A"\ntext = "Hi"\ntitle = "x"', 7, "there is no such key"),
        (
            'slug = "a"\nname = "A"\ntext = "1"\n[[template]]\nslug = "a"\nname = "B"\ntext = "2"',
            8,
            "has the same slug",
        ),
    ],
)
def test_a_bad_template_is_refused_with_its_line(written: str, line: int, problem: str) -> None:
    with pytest.raises(CouncilFileErrors) as refused:
        parse(f"{COUNCIL}[[template]]\n{written}\n")
    [found] = refused.value.problems
    assert (found.line, problem in found.reason) == (line, True), found


async def test_templates_are_applied_changed_and_disabled(database_url: str) -> None:
    db = Database(database_url)
    try:
        assert "template bin: added" in await db.write(apply_council, parse(COUNCIL + BIN))
        assert await db.write(apply_council, parse(COUNCIL + BIN)) == []
        [found] = await db.read(templates)
        assert (found.slug, found.name, found.channels) == ("bin", "Bin comes", ("email", "sms"))
        assert found.texts["cy"] == "Annwyl {name}"
        changed = BIN.replace("Bin comes", "The bin comes")
        assert await db.write(apply_council, parse(COUNCIL + changed)) == ["template bin: name changed"]
        assert await db.write(apply_council, parse(COUNCIL)) == ["template bin: disabled"]
        assert await db.read(templates) == ()
    finally:
        await db.close()
