"""Access tokens for mail servers that take no passwords: Google and Microsoft 365 (RFC 6749 §6 and §4.4)."""

import time
from dataclasses import dataclass, field

import httpx

from channels.contract import ChannelError, Inbox

_EARLY_SECONDS = 120.0  # a token that ends soon isn't used any more
_LIFE_SECONDS = 3600.0  # where the server doesn't say


class NoToken(ChannelError):
    """The identity provider gave none; the text says why, in words for the people who run the hub."""


@dataclass(slots=True)
class AccessTokens:
    """Of one inbox. A token is kept until shortly before it ends; nothing is written anywhere."""

    inbox: Inbox
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
        """Raises NoToken, or NotConfigured."""
        if not self._token or time.monotonic() > self._until:
            answer = await self._asked(http)
            self._token = str(answer["access_token"])
            lasts = str(answer.get("expires_in", ""))
            seconds = float(lasts) if lasts.isdecimal() else _LIFE_SECONDS
            self._until = time.monotonic() + seconds - _EARLY_SECONDS
        return self._token

    async def _asked(self, http: httpx.AsyncClient) -> dict[str, object]:
        url = self.inbox.setting("oauth_token_url")
        host = httpx.URL(url).host
        try:
            response = await http.post(url, data=self._form())
            answer = response.json()
        except httpx.HTTPError as error:
            raise NoToken(f"{host} gives no access token: no answer ({type(error).__name__})") from None
        except ValueError:
            raise NoToken(f"{host} gives no access token: its answer can't be read ({response.status_code})") from None
        if not isinstance(answer, dict) or response.is_error or not answer.get("access_token"):
            raise NoToken(f"{host} gives no access token: {_reason(answer, response.status_code)}")
        return answer

    def _form(self) -> dict[str, str]:
        setting = self.inbox.setting
        form = {"client_id": setting("oauth_client_id"), "client_secret": setting("oauth_client_secret")}
        if scope := setting("oauth_scope", ""):
            form["scope"] = scope
        if refresh := setting("oauth_refresh_token", ""):
            return {**form, "grant_type": "refresh_token", "refresh_token": refresh}
        return {**form, "grant_type": "client_credentials"}


def _reason(answer: object, status: int) -> str:
    """The error's code and description (RFC 6749 §5.2), which hold no secrets; cut to a line."""
    if not isinstance(answer, dict):
        return f"status {status}"
    words = [str(answer[key]) for key in ("error", "error_description") if answer.get(key)]
    return " ".join(": ".join(words).split())[:300] or f"status {status}"
