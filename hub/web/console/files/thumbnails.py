"""Small pictures of large ones: made when somebody first looks, kept in the data folder, and never of a bomb."""

import asyncio
import io
import threading
import warnings
from pathlib import Path

from starlette.responses import FileResponse, Response

from hub.errors import NotFound
from hub.files.store import Files
from hub.queries.case_page import attachment
from hub.web.console.files.downloads import HEADERS
from hub.web.console.files.media_types import PICTURES
from hub.web.console.visit import Visit
from hub.web.handing_out import NOT_HERE

LONGEST_SIDE = 640  # pixels
MOST_PIXELS = 60_000_000  # of the original: what a large camera takes; each costs up to four bytes while it is read
MOST_BYTES = 40_000_000
_AT_ONCE = threading.BoundedSemaphore(2)  # each may hold a large picture in memory


async def show_thumbnail(visit: Visit) -> Response:
    """GET /attachments/{id}/thumbnail"""
    file = await visit.hub.db.read(attachment, visit.request.path_params["id"])
    if file.state != "stored" or file.media_type not in PICTURES:
        raise NotFound(NOT_HERE.get(file.state, "There is no small picture of this file."))
    folder = visit.hub.settings.data_dir / "thumbnails"
    path = await asyncio.to_thread(thumbnail, visit.hub.files, file.sha256, folder)
    headers = {**HEADERS, "Cache-Control": "private, max-age=86400"}
    return FileResponse(path, media_type="image/webp", headers=headers)


def thumbnail(files: Files, sha256: str, folder: Path) -> Path:
    """Where it is. Blocks. Raises NotFound for what is no picture, or one that is too large to be looked at."""
    path = _place(folder, sha256)
    if path.is_file():
        return path
    try:
        with _AT_ONCE:
            small = _small(files.read(sha256))
    except Exception as error:  # damaged pictures make the library raise errors of any kind
        raise NotFound("There is no small picture of this file.") from error
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{id(small)}")
    unfinished.write_bytes(small)
    unfinished.replace(path)
    return path


def forget_thumbnail(data_dir: Path, sha256: str) -> None:
    _place(data_dir / "thumbnails", sha256).unlink(missing_ok=True)


def _place(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / f"{sha256}.webp"


def _small(content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise ValueError("too many bytes")
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        picture: Image.Image = Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "GIF", "WEBP"))
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        picture.thumbnail((LONGEST_SIDE * 2, LONGEST_SIDE * 2))
        picture = ImageOps.exif_transpose(picture)
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        small = io.BytesIO()
        picture.convert("RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB").save(
            small, "WEBP", quality=75
        )
    return small.getvalue()
