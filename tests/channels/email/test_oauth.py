"""Signing in to a mailbox with a token, for servers that take no passwords."""

from collections.abc import Callable
from typing import Any, cast

import httpx
import pytest

from channels.contract import Unavailable
from channels.email.imap.oauth import AccessTokens, NoToken
from tests.channels.desk import FakeDesk, inbox_of
from tests.channels.email.imap_server import FakeImap
from tests.channels.email.looking import inbox_for, looking, mail, until

pytestmark = pytest.mark.usefixtures("hurried")


OAUTH: dict[str, Any] = {
    "oauth_token_url": "https://login.example/token",
    "oauth_client_id": "hub",
    "oauth_client_secret": "s3cret",
    "imap_password": None,
}


def tokens_of(
    answer: Callable[[httpx.Request], httpx.Response], **config: Any
) -> tuple[AccessTokens, httpx.AsyncClient]:
    inbox = inbox_of("email", "help", "help@anytown.example", **OAUTH, **config)
    tokens = AccessTokens(inbox, FakeDesk([inbox]))
    return tokens, httpx.AsyncClient(transport=httpx.MockTransport(answer))


async def test_a_token_is_asked_for_once_and_again_when_it_ends() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.content.decode())
        return httpx.Response(
            200, json={"access_token": f"t{len(asked)}", "expires_in": 3600 if len(asked) > 1 else 60}
        )

    tokens, http = tokens_of(answer, oauth_refresh_token="r")
    async with http:
        assert [await tokens.get(http) for _ in range(3)] == ["t1", "t2", "t2"]
        tokens.forget()
        assert await tokens.get(http) == "t3"

    assert asked[0] == "client_id=hub&client_secret=s3cret&grant_type=refresh_token&refresh_token=r"


async def test_a_refresh_token_that_the_provider_replaces_is_kept_even_when_that_fails_at_first() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.content.decode().rpartition("=")[2])
        return httpx.Response(200, json={"access_token": "t", "refresh_token": f"r{len(asked)}", "expires_in": 0})

    tokens, http = tokens_of(answer, oauth_refresh_token="r")
    desk = cast(FakeDesk, tokens.desk)
    async with http:
        desk.away = True
        with pytest.raises(Unavailable):
            await tokens.get(http)
        desk.away = False
        await tokens.get(http)
        await AccessTokens(tokens.inbox, desk).get(http)  # after a restart

    assert asked == ["r", "r1", "r2"]
    assert desk.secrets == {(1, "oauth_refresh_token"): "r3"}


async def test_microsofts_application_signs_in_by_its_own_credentials() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.content.decode())
        return httpx.Response(200, json={"access_token": "t", "expires_in": "3599"})

    tokens, http = tokens_of(answer, oauth_scope="https://outlook.office365.com/.default")
    async with http:
        assert await tokens.get(http) == "t"

    assert asked[0].endswith("scope=https%3A%2F%2Foutlook.office365.com%2F.default&grant_type=client_credentials")


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (httpx.Response(400, json={"error": "invalid_grant", "error_description": "Old."}), "invalid_grant: Old"),
        (
            httpx.Response(401, json={"error": "invalid_client", "error_description": "Old secret.\r\nTrace ID: 4457"}),
            "gives no access token: invalid_client: Old secret",
        ),
        (httpx.Response(200, json={}), "status 200"),
        (httpx.Response(502, text="<html>"), "can't be read (502)"),
        (httpx.Response(200, json=["x"]), "status 200"),
        (httpx.ConnectError("s3cret"), "no answer (ConnectError)"),
    ],
)  # fmt: skip
async def test_why_there_is_no_token_is_told_without_a_secret(response: Any, why: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if isinstance(response, Exception):
            raise response
        return response  # type: ignore[no-any-return]

    tokens, http = tokens_of(answer)
    async with http:
        with pytest.raises(NoToken) as refused:
            await tokens.get(http)

    assert why in str(refused.value)
    assert "login.example" in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert "Trace" not in str(refused.value)


async def test_the_mailbox_is_opened_with_the_token_and_a_refused_one_renewed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = iter(["old", "new", "new"])

    async def token(self: AccessTokens, http: httpx.AsyncClient) -> str:
        return next(given)

    monkeypatch.setattr(AccessTokens, "get", token)
    async with FakeImap(token="new").running() as server:
        server.inbox.add(mail(1))
        inbox = inbox_for(server, imap_since="all", **OAUTH)
        desk = FakeDesk([inbox])
        async with looking(desk):
            await until(lambda: desk.events)

    assert "doesn't let help sign in" in desk.troubles[0]
