"""Errors as RFC 9457 problem details: {type, title, status, detail, code, errors?}."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from hub.errors import HTTP_STATUS, HubError
from hub.web.api import schemas

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "5"

# Statuses that HTTP itself gives, beside those of HubError.
HTTP_CODES: Mapping[int, str] = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 500: "internal"}

_HEADERS_OF: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": 'Bearer realm="hub"'},
    503: {"Retry-After": RETRY_SECONDS},
}


def of_hub_error(error: HubError) -> Response:
    return problem(error.http_status, error.code, error.message, error.fields)


def of_http_exception(error: HTTPException) -> Response:
    code = HTTP_CODES.get(error.status_code, "bad_request")
    return problem(error.status_code, code, error.detail, headers=error.headers)


def of_fault() -> Response:
    return problem(500, "internal", "Something went wrong inside the hub. It is logged; try again, or tell its people.")


def problem(
    status: int,
    code: str,
    detail: str,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    content: schemas.Problem = {
        "type": "about:blank",  # RFC 9457 4.2.1: nothing beyond the status; `code` says which
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if fields:
        content["errors"] = dict(fields)
    all_headers = {"Cache-Control": "no-store", **_HEADERS_OF.get(status, {}), **(headers or {})}
    return Response(orjson.dumps(content), status, all_headers, media_type=MEDIA_TYPE)


def codes_of(status: int) -> list[str]:
    """The codes that a problem of this status may have."""
    known = {code for code, of_code in HTTP_STATUS.items() if of_code == status}
    return sorted(known | ({HTTP_CODES[status]} if status in HTTP_CODES else set()))
