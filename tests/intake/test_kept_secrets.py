"""A secret that a provider replaces by itself is kept sealed, until people configure another one."""

from dataclasses import replace

from channels.contract import Inbox
from hub.models import KeptSecret
from hub.sealing import seal, unseal
from tests.cases.anytown import Town

KEY = "oauth_refresh_token"


def configured(town: Town, value: str) -> Inbox:
    inbox = town.desk.inbox("email", "help")
    assert inbox is not None
    return replace(inbox, config={**inbox.config, KEY: value})


async def test_it_takes_the_configured_ones_place_until_that_changes(town: Town) -> None:
    inbox = configured(town, "first")
    assert await town.hub.desk.kept_secret(inbox, KEY) == "first"
    for newer in ("second", "third"):
        await town.hub.desk.keep_secret(inbox, KEY, newer)

    assert await town.hub.desk.kept_secret(inbox, KEY) == "third"
    assert await town.hub.desk.kept_secret(configured(town, "by hand"), KEY) == "by hand"
    kept = await town.one(KeptSecret)
    assert not {"first", "second", "third"} & set(f"{kept.sealed} {kept.replaces}".split())
    assert "third" not in kept.sealed


async def test_what_another_secret_sealed_is_not_read(town: Town) -> None:
    inbox = configured(town, "first")
    await town.hub.desk.keep_secret(inbox, KEY, "second")
    await town.change(KeptSecret, (inbox.id, KEY), sealed=seal("another hub's", "second"))

    assert await town.hub.desk.kept_secret(inbox, KEY) == "first"
    assert unseal("a", seal("a", "\N{SNOWMAN}")) == "\N{SNOWMAN}"
