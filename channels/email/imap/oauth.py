"""Access tokens for mail servers that take no passwords: Google and Microsoft 365 (RFC 6749 §6 and §4.4)."""

import time
from dataclasses import dataclass, field

import httpx

from channels.contract import ChannelError, Inbox
from channels.waiting import ListeningDesk

_REFRESH = "oauth_refresh_token"
_EARLY_SECONDS = 120.0  # a token that ends soon isn't used any more
_LIFE_SECONDS = 3600.0  # where the server doesn't say


class NoToken(ChannelError):
    """The identity provider gave none; the text says why, in words for the people who run the hub."""


@dataclass(slots=True)
class AccessTokens:
    """Of one inbox. An access token is kept in memory until shortly before it ends. A refresh token that comes with it
    takes the old one's place, which some providers then no longer take (RFC 6749 §6): the desk keeps it, sealed."""

    inbox: Inbox
    desk: ListeningDesk
    _refresh: str = field(default="", repr=False)  # that the desk hasn't kept yet
    _token: str = field(default="", repr=False)
    _until: float = 0.0  # on time.monotonic

    @property
    def is_wanted(self) -> bool:
        """Does the inbox sign in that way?"""
        return "oauth_token_url" in self.inbox.config

    def forget(self) -> None:
        """The mail server didn't take it."""
        self._token = ""

    async def get(self, http: httpx.AsyncClient) -> str:
        """Raises NoToken, NotConfigured, Unavailable."""
        if not self._token or time.monotonic() > self._until:
            refresh = self._refresh or await self.desk.kept_secret(self.inbox, _REFRESH)
            answer = await self._asked(http, refresh)
            await self._keep(refresh, answer.get("refresh_token"))
            self._token = str(answer["access_token"])
            lasts = str(answer.get("expires_in", ""))
            seconds = float(lasts) if lasts.isdecimal() else _LIFE_SECONDS
            self._until = time.monotonic() + seconds - _EARLY_SECONDS
        return self._token

    async def _keep(self, used: str, given: object) -> None:
        """When it can't be kept now, it is used from memory, and kept the next time."""
        if used and isinstance(given, str) and given and given != used:
            self._refresh = given
        if self._refresh:
            await self.desk.keep_secret(self.inbox, _REFRESH, self._refresh)
            self._refresh = ""

    async def _asked(self, http: httpx.AsyncClient, refresh: str) -> dict[str, object]:
        url = self.inbox.setting("oauth_token_url")
        host = httpx.URL(url).host
        try:
            response = await http.post(url, data=self._form(refresh))
            answer = response.json()
        except httpx.HTTPError as error:
            raise NoToken(f"{host} gives no access token: no answer ({type(error).__name__})") from None
        except ValueError:
            raise NoToken(f"{host} gives no access token: its answer can't be read ({response.status_code})") from None
        if not isinstance(answer, dict) or response.is_error or not answer.get("access_token"):
            raise NoToken(f"{host} gives no access token: {_reason(answer, response.status_code)}")
        return answer

    def _form(self, refresh: str) -> dict[str, str]:
        setting = self.inbox.setting
        form = {"client_id": setting("oauth_client_id"), "client_secret": setting("oauth_client_secret")}
        if scope := setting("oauth_scope", ""):
            form["scope"] = scope
        if refresh:
            return {**form, "grant_type": "refresh_token", "refresh_token": refresh}
        return {**form, "grant_type": "client_credentials"}


def _reason(answer: object, status: int) -> str:
    """The error's code and description (RFC 6749 §5.2), which hold no secrets; Microsoft's goes on with traces."""
    if not isinstance(answer, dict):
        return f"status {status}"
    words = [str(answer[key]).strip().partition("\n")[0] for key in ("error", "error_description") if answer.get(key)]
    return " ".join(": ".join(words).split())[:300].rstrip(".") or f"status {status}"
