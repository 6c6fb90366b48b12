"""Contents of attachments, each stored once under its sha256 in HUB_DATA_DIR/files. Plain functions that block."""

import hashlib
import os
import tempfile
from pathlib import Path


def store(folder: Path, content: bytes) -> str:
    """Writes the content durably unless it is there; returns its sha256 in hex."""
    sha256 = hashlib.sha256(content).hexdigest()
    target = path_of(folder, sha256)
    if target.exists():
        return sha256
    if not target.parent.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        _sync_folder(folder)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except OSError:  # such as a full disk
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    return sha256


def path_of(folder: Path, sha256: str) -> Path:
    """Where that content is, or would be."""
    return folder / sha256[:2] / sha256


def _sync_folder(folder: Path) -> None:
    """A new name is durable only with its folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
