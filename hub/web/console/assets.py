"""Style sheets, scripts and icons: one hash over all of them stands in their URLs, so that browsers may keep them."""

import hashlib
from functools import lru_cache
from os import PathLike, stat_result
from pathlib import Path

from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from hub.web.compressing import compressed

STATIC = Path(__file__).resolve().parents[1] / "static"
_FOR_A_YEAR = "public, max-age=31536000, immutable"


@lru_cache
def version() -> str:
    """Twelve hex digits of the sha256 over every static file; read once a process."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def asset(path: str) -> str:
    """The URL of a static file, "css/console.css"."""
    return f"/static/{version()}/{path}"


class VersionedFiles(StaticFiles):
    """Kept for a year under the hash that is; under another one (a page from before an update) never."""

    def file_response(
        self, full_path: "PathLike[str] | str", stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        current = scope.get("path_params", {}).get("version") == version()
        response.headers["Cache-Control"] = _FOR_A_YEAR if current else "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def static_mount() -> Mount:
    return Mount("/static/{version}", compressed(VersionedFiles(directory=STATIC)), name="static")
