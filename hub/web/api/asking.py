"""What a request holds: who asks, its parameters and its body, checked, and told by field what is wrong."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request

from hub.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from hub.queries.people import agent_by_token
from hub.queries.restrictions import require_named
from hub.queries.views import AgentView

LARGEST_BODY = 262_144  # bytes; the longest text, escaped to the last character

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

_NAMED = {
    "missing": "Is required.",
    "extra_forbidden": "There is no such field.",
    "string_pattern_mismatch": "Holds a character that can't be kept.",
}


# --- who -------------------------------------------------------------------------------------------------------


def token_hash_of(request: Request) -> str:
    """sha256 in hex of the bearer token. Raises NotSignedIn when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn("Send an API token: `Authorization: Bearer …`. `hub token create EMAIL` makes one.")
    return hashlib.sha256(token.strip().encode()).hexdigest()


def signed_in(
    session: Session,
    token_hash: str,
    query: Callable[Concatenate[Session, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """The query's answer, in the same snapshot in which the token was found good. Raises NotSignedIn."""
    _agent(session, token_hash)
    return query(session, *args, **kwargs)


def reading(session: Session, token_hash: str) -> AgentView:
    """Whoever holds the token. Raises NotSignedIn."""
    return _agent(session, token_hash)


def changing(session: Session, token_hash: str) -> AgentView:
    """Whoever holds the token, when they may change something. Raises NotSignedIn, NotAllowed."""
    agent = _agent(session, token_hash)
    if not agent.may_change:
        raise NotAllowed("Auditors see everything and change nothing.")
    return agent


def require_seen(session: Session, token_hash: str, path: str, reference: str, row_id: str) -> None:
    """Raises NotFound where the token's agent may not see what the address names: a case, or something of one."""
    require_named(session, _agent(session, token_hash), path, reference, row_id)


def _agent(session: Session, token_hash: str) -> AgentView:
    agent = agent_by_token(session, token_hash)
    if agent is None:
        raise NotSignedIn("This token is unknown, or its agent is disabled.")
    return agent


# --- what ------------------------------------------------------------------------------------------------------


def parameters_of(request: Request, model: type[M]) -> M:
    """The query string as this model; an empty parameter counts as absent. Raises Invalid by parameter."""
    given = [(name, value) for name, value in request.query_params.multi_items() if value]
    names = [name for name, _ in given]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise Invalid("A parameter is given twice.", dict.fromkeys(repeated, "Give it once."))
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        raise Invalid("The parameters are wrong.", _by_field(error.errors(include_url=False), "parameters")) from None


async def body_of(request: Request, model: type[M]) -> M:
    """The JSON body as this model; an empty one counts as {}. Raises Invalid by field; HTTPException 413."""
    body = await body_within(request, LARGEST_BODY)
    try:
        return model.model_validate_json(body or b"{}", strict=True)
    except ValidationError as error:
        raise Invalid("The body is wrong.", _by_field(error.errors(include_url=False), "body")) from None


def id_in_path(request: Request, name: str) -> int:
    """A number in the path. Raises NotFound when it is none."""
    written = str(request.path_params[name])
    if not (written.isascii() and written.isdigit() and len(written) < 19):
        raise NotFound("There is nothing at this address.")
    return int(written)


async def body_within(request: Request, limit: int) -> bytes:
    """The whole body. Raises HTTPException 413, naming the limit in bytes."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise HTTPException(413, f"At most {limit:,} bytes are taken here.")
        parts.append(part)
    return b"".join(parts)


def _by_field(errors: Sequence[ErrorDetails], whole: str) -> dict[str, str]:
    """A reason for each field; `whole` stands for the body or the parameters themselves."""
    return {".".join(map(str, error["loc"])) or whole: _reason(error) for error in errors}


def _reason(error: ErrorDetails) -> str:
    if error["type"] == "json_invalid":
        return "This isn't JSON."
    message: Any = _NAMED.get(error["type"], error["msg"])
    return str(message) if str(message).endswith(".") else f"{message}."
