"""People get in by password, token or sign-in, and nobody else does."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlmodel import Session, select

from hub.actions.council.apply_council import apply_council
from hub.actions.council.people import create_token, end_sign_in, hash_of, set_password, start_sign_in
from hub.council_file import parse
from hub.db.database import Database
from hub.errors import Invalid, NotFound
from hub.models import ApiToken, SignIn
from hub.passwords import hash_password, verify_password
from hub.queries.people import agent_by_sign_in, agent_by_token, agent_for_password

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = datetime.now(UTC) + timedelta(days=300)
ANN, BOB = "ann@smallham.example", "bob@smallham.example"


@pytest.fixture
async def people(db: Database, small: str) -> dict[str, int]:
    """The agents' ids by e-mail address."""
    await db.write(apply_council, parse(small))
    found = {email: await db.read(agent_for_password, email) for email in (ANN, BOB)}
    return {email: each[0].id for email, each in found.items() if each}


async def without_bob(db: Database, small: str) -> None:
    await db.write(apply_council, parse(small.partition(f'[[agent]]\nemail = "{BOB}')[0]))


async def test_a_token_opens_for_its_agent(db: Database, people: dict[str, int]) -> None:
    token = await db.write(create_token, " ANN@smallham.example")
    assert token.startswith("hub_")
    assert len(token) >= 36
    agent = await db.read(agent_by_token, hash_of(token))
    assert agent is not None
    assert (agent.id, agent.email, agent.role, len(agent.queue_ids)) == (people[ANN], ANN, "agent", 2)
    assert await db.read(agent_by_token, hash_of(token + "x")) is None


async def test_every_token_is_another_and_only_its_digest_is_kept(db: Database, people: dict[str, int]) -> None:
    tokens = {await db.write(create_token, ANN) for _ in range(3)}

    def kept(session: Session) -> set[str]:
        return {token.token_hash for token in session.exec(select(ApiToken))}

    assert await db.read(kept) == {hash_of(token) for token in tokens}
    assert len(tokens) == 3


async def test_nobody_gets_a_token_who_is_not_there(db: Database, people: dict[str, int], small: str) -> None:
    with pytest.raises(NotFound, match="no active agent"):
        await db.write(create_token, "eve@smallham.example")
    await without_bob(db, small)
    with pytest.raises(NotFound):
        await db.write(create_token, BOB)


async def test_who_is_disabled_is_let_in_no_longer(db: Database, people: dict[str, int], small: str) -> None:
    token = await db.write(create_token, BOB)
    await db.write(start_sign_in, people[BOB], "cookie", LATER)
    await db.write(set_password, BOB, "a hash")
    await db.write(start_sign_in, people[BOB], "cookie two", LATER)
    await without_bob(db, small)
    assert await db.read(agent_by_token, hash_of(token)) is None
    assert await db.read(agent_by_sign_in, "cookie two", NOW) is None
    assert await db.read(agent_for_password, BOB) is None


async def test_a_sign_in_lasts_until_it_expires_or_ends(db: Database, people: dict[str, int]) -> None:
    await db.write(start_sign_in, people[ANN], "cookie", LATER)
    signed_in = await db.read(agent_by_sign_in, "cookie", LATER - timedelta(seconds=1))
    assert signed_in is not None
    assert signed_in.email == ANN
    assert await db.read(agent_by_sign_in, "cookie", LATER) is None
    assert await db.read(agent_by_sign_in, "another", NOW) is None
    await db.write(end_sign_in, "cookie")
    await db.write(end_sign_in, "cookie")
    assert await db.read(agent_by_sign_in, "cookie", NOW) is None


async def test_expired_sign_ins_are_swept_out_by_the_next(db: Database, people: dict[str, int]) -> None:
    await db.write(start_sign_in, people[ANN], "old", datetime(2020, 1, 1, tzinfo=UTC))
    await db.write(start_sign_in, people[ANN], "new", LATER)

    def kept(session: Session) -> list[str]:
        return [sign_in.token_hash for sign_in in session.exec(select(SignIn))]

    assert await db.read(kept) == ["new"]


async def test_a_new_password_ends_that_agents_sign_ins_only(db: Database, people: dict[str, int]) -> None:
    await db.write(start_sign_in, people[ANN], "ann's", LATER)
    await db.write(start_sign_in, people[BOB], "bob's", LATER)
    await db.write(set_password, "Ann@smallham.example", "a hash")
    assert await db.read(agent_by_sign_in, "ann's", NOW) is None
    assert await db.read(agent_by_sign_in, "bob's", NOW) is not None
    found = await db.read(agent_for_password, ANN)
    assert found is not None
    assert found[1] == "a hash"


async def test_nobody_has_a_password_who_is_not_there(db: Database, people: dict[str, int]) -> None:
    assert await db.read(agent_for_password, "eve@smallham.example") is None
    with pytest.raises(NotFound):
        await db.write(set_password, "eve@smallham.example", "a hash")


def test_a_password_is_known_by_its_hash_alone() -> None:
    stored = hash_password("correct horse", CHEAP)
    assert "correct horse" not in stored
    assert verify_password("correct horse", stored, CHEAP)
    assert not verify_password("wrong horse", stored, CHEAP)
    assert stored != hash_password("correct horse", CHEAP)


@pytest.mark.parametrize("stored", [None, "", "not a hash", "$argon2id$v=19$m=8,t=1,p=1$x$y"])
def test_who_has_no_usable_password_never_gets_in(stored: str | None) -> None:
    assert not verify_password("", stored, CHEAP)
    assert not verify_password("correct horse", stored, CHEAP)


def test_nobody_takes_as_long_as_somebody() -> None:
    class Counting(PasswordHasher):
        hashed = 0

        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            self.hashed += 1
            return super().hash(password, salt=salt)

    counting = Counting(time_cost=1, memory_cost=8, parallelism=1)
    assert not verify_password("correct horse", None, counting)
    assert counting.hashed == 1


@pytest.mark.parametrize("password", ["", "short", "123456789", "x" * 1001])
def test_a_password_has_a_length_that_can_be_meant(password: str) -> None:
    with pytest.raises(Invalid, match="10 to 1,000 characters"):
        hash_password(password, CHEAP)
