"""The agent's phone in the browser: who may be rung there, and with whom the browser speaks.

Source: https://www.twilio.com/docs/iam/access-tokens and https://www.twilio.com/docs/voice/sdks/javascript
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from channels.calling import SOFTPHONE, BrowserPass, browser_of
from channels.contract import Inbox

KEYS = (SOFTPHONE, "softphone_secret", "softphone_edge")
PASS_SECONDS = 600  # the browser asks for another before it ends; who signs out gets none
ROAMING = "roaming"  # the nearest edge
_EDGE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def check_softphone(config: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the keys of the softphone, a sentence each."""
    given = [key for key in KEYS if key in config]
    for key in (SOFTPHONE, "softphone_secret"):
        value = config.get(key)
        if given and not (isinstance(value, str) and value.strip()):
            yield f'{key}: is missing; make an API key at Twilio, write it as "env:NAME" and set that variable'
    sid = config.get(SOFTPHONE)
    if isinstance(sid, str) and sid.strip() and not sid.startswith(("SK", "env:")):
        yield f"{SOFTPHONE}: must be the SID of an API key, which begins with SK; the account's own token can't sign"
    edge = config.get("softphone_edge", ROAMING)
    if not isinstance(edge, str) or not _EDGE.fullmatch(edge):
        yield "softphone_edge: must be the name of an edge, such as dublin or london-ix"


def browser_pass(agent: int, inbox: Inbox) -> BrowserPass:
    """An access token that lets this agent be rung, and call nobody. Raises NotConfigured."""
    from twilio.jwt.access_token import AccessToken
    from twilio.jwt.access_token.grants import VoiceGrant

    account = inbox.setting("account_sid")
    token = AccessToken(
        account,
        inbox.setting(SOFTPHONE),
        inbox.setting("softphone_secret"),
        identity=browser_of(agent).value,
        ttl=PASS_SECONDS,
        grants=[VoiceGrant(incoming_allow=True)],
    )
    return BrowserPass(token=str(token.to_jwt()), seconds=PASS_SECONDS, account=account, edge=_edge(inbox))


def speaks_with(inbox: Inbox) -> Sequence[str]:
    """Signalling, the provider's diagnosis, and its ringing tones; the voice itself goes by WebRTC."""
    return (f"wss://voice-js.{_edge(inbox)}.twilio.com", "https://eventgw.twilio.com", "https://sdk.twilio.com")


def _edge(inbox: Inbox) -> str:
    return inbox.setting("softphone_edge", ROAMING)
