"""Contents of attachments, each stored once under its sha256: in a folder, or in an S3-compatible store.

Plain functions that block. A content that isn't there raises FileNotFoundError, a store that is away OSError.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from hub.settings import Settings

PIECE = 262_144  # bytes


class Files(Protocol):
    def store(self, content: bytes) -> str:
        """Writes the content durably unless it is there; returns its sha256 in hex."""
        ...

    def delete(self, sha256: str, before: datetime) -> None:
        """Unless it was stored, or stored again, since then."""
        ...

    def read(self, sha256: str) -> bytes: ...

    def size(self, sha256: str) -> int | None:
        """In bytes; None when it isn't there."""
        ...

    def pieces(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`, a piece at a time."""
        ...


class FolderFiles:
    """In HUB_DATA_DIR/files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def store(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        target = str(self.path_of(sha256))
        try:
            os.utime(target)  # it is there; `delete` sees that somebody needs it anew
        except FileNotFoundError:
            self._write(sha256, target, content)
        return sha256

    def _write(self, sha256: str, target: str, content: bytes) -> None:
        parent = self._folder / sha256[:2]
        if not parent.exists():
            parent.mkdir(parents=True, exist_ok=True)
            _sync_folder(self._folder)
        temporary = f"{target}.{secrets.token_hex(8)}"
        try:
            with open(temporary, "xb", opener=_private) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)  # noqa: PTH105 - a mail waits for this: plain paths cost a third
        except OSError:  # such as a full disk
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_folder(parent)

    def delete(self, sha256: str, before: datetime) -> None:
        """Moved aside first: whoever stores the same at this moment either is seen here, or writes it again."""
        path = self.path_of(sha256)
        aside = path.with_suffix(".deleting")
        try:
            path.replace(aside)
        except FileNotFoundError:
            return
        if aside.stat().st_mtime >= before.timestamp():
            aside.replace(path)
        else:
            aside.unlink()

    def read(self, sha256: str) -> bytes:
        return self.path_of(sha256).read_bytes()

    def size(self, sha256: str) -> int | None:
        path = self.path_of(sha256)
        return path.stat().st_size if path.is_file() else None

    def pieces(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        with self.path_of(sha256).open("rb") as file:
            file.seek(start)
            while start < end and (piece := file.read(min(PIECE, end - start))):
                start += len(piece)
                yield piece

    def path_of(self, sha256: str) -> Path:
        """Where that content is, or would be."""
        return self._folder / sha256[:2] / (sha256 or "none")


def files_of(settings: Settings) -> Files:
    """The store that the settings name. Raises Invalid when its library is missing or its address makes no sense."""
    if not settings.files_url:
        return FolderFiles(settings.files_dir)
    from hub.files.bucket import BucketFiles  # an extra: only who uses it needs its library

    return BucketFiles(settings)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    """A new name is durable only with its folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
