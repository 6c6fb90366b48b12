"""The hub's errors, drawn:

HubError                code          HTTP
├── Invalid             invalid       422   `fields` says what is wrong where
│   └── OptedOut        invalid       422   the citizen wants no such messages; noted on the case
├── NotSignedIn         not_signed_in 401
├── NotAllowed          not_allowed   403
├── NotFound            not_found     404
├── Conflict            conflict      409   somebody else was first
└── Unavailable         unavailable   503   the database is away; nothing was stored
"""

from collections.abc import Mapping

HTTP_STATUS: Mapping[str, int] = {
    "invalid": 422,
    "not_signed_in": 401,
    "not_allowed": 403,
    "not_found": 404,
    "conflict": 409,
    "unavailable": 503,
}


class HubError(Exception):
    """`message` is one or two sentences for a person; `code` is stable and for programs."""

    code = "invalid"

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields: dict[str, str] = dict(fields or {})

    @property
    def http_status(self) -> int:
        return HTTP_STATUS[self.code]


class Invalid(HubError):
    code = "invalid"


class OptedOut(Invalid):
    """The citizen wants no such messages."""


class NotSignedIn(HubError):
    code = "not_signed_in"


class NotAllowed(HubError):
    code = "not_allowed"


class NotFound(HubError):
    code = "not_found"


class Conflict(HubError):
    code = "conflict"


class Unavailable(HubError):
    code = "unavailable"
