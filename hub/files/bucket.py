"""Attachments in an S3-compatible store: HUB_FILES_URL=s3://BUCKET/PREFIX. Needs the extra `s3` (obstore)."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from hub.errors import Invalid
from hub.files.store import PIECE
from hub.settings import Settings

_STORED_ANEW_AFTER = timedelta(minutes=20)  # so that `delete` sees that somebody needs it anew
_MISSING = "HUB_FILES_URL needs the extra s3: pip install 'citizen-contact-hub[s3]'."


class BucketFiles:
    """One object a content, PREFIX/ab/abcdef…, as in the folder."""

    def __init__(self, settings: Settings) -> None:
        try:
            import obstore
        except ImportError:
            raise Invalid(_MISSING) from None
        self._obstore: Any = obstore
        self._store: Any = _store(settings)

    def store(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        found = self._found(sha256)
        if found is None or found["last_modified"] < datetime.now(UTC) - _STORED_ANEW_AFTER:
            self._ask(self._obstore.put, self._store, _key(sha256), content)
        return sha256

    def delete(self, sha256: str, before: datetime) -> None:
        found = self._found(sha256)
        if found is not None and found["last_modified"] < before:
            self._ask(self._obstore.delete, self._store, _key(sha256))

    def read(self, sha256: str) -> bytes:
        found = self._ask(self._obstore.get, self._store, _key(sha256))
        return bytes(self._ask(found.bytes))

    def size(self, sha256: str) -> int | None:
        found = self._found(sha256)
        return None if found is None else int(found["size"])

    def _found(self, sha256: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._ask(self._obstore.head, self._store, _key(sha256))
        except FileNotFoundError:
            return None
        return found

    def pieces(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        if start < end:
            wanted = {"range": (start, end)}
            found = self._ask(self._obstore.get, self._store, _key(sha256), options=wanted)
            pieces = iter(found.stream(min_chunk_size=PIECE))
            while piece := self._ask(next, pieces, b""):
                yield bytes(piece)

    def _ask(self, what: Any, *args: Any, **kwargs: Any) -> Any:
        """The store's errors as those of files; its words stay out, since they repeat the request."""
        try:
            return what(*args, **kwargs)
        except FileNotFoundError:
            raise
        except self._obstore.exceptions.BaseError as error:
            kind = type(error).__name__
            if kind == "NotFoundError":
                raise FileNotFoundError("it isn't in the bucket") from None
            raise OSError(f"the store of the attachments doesn't answer as it should ({kind})") from None


def _store(settings: Settings) -> Any:
    from obstore.store import S3Store

    place = urlsplit(settings.files_url)
    given = {
        "endpoint": settings.files_endpoint,
        "region": settings.files_region,
        "access_key_id": settings.files_key_id,
        "secret_access_key": settings.files_secret.get_secret_value(),
    }
    config: dict[str, Any] = {name: value for name, value in given.items() if value}
    retries = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
    options = {"timeout": timedelta(seconds=30), "allow_http": settings.files_endpoint.startswith("http://")}
    return S3Store(
        place.netloc,
        prefix=place.path.strip("/") or None,
        config=config,  # type: ignore[arg-type]  # its keys are literals
        client_options=options,  # type: ignore[arg-type]  # likewise
        retry_config=retries,  # type: ignore[arg-type]  # likewise
    )


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256 or 'none'}"
