"""A claimed message on its way to its channel: the contents of its files are read only now."""

from collections.abc import Callable
from dataclasses import replace

from channels.contract import File, OutboundMessage, SendError
from hub.actions.sending.outbox import Outgoing
from hub.files.store import Files


def with_files(outgoing: Outgoing, files: Files, link_of: Callable[[int], str]) -> OutboundMessage:
    """link_of: the public link of an attachment, by its id. Blocks while it reads.

    Raises SendError: `failed` when a content is gone, `retry` when the store is away.
    """
    try:
        contents = tuple(
            File(
                filename=file.filename,
                media_type=file.media_type,
                content=files.read(file.sha256),
                id=file.id,
                link=link_of(file.id),
            )
            for file in outgoing.files
        )
    except FileNotFoundError as error:
        raise SendError("A file of it is gone: attach it again, in a new message.", "failed", code="file") from error
    except OSError as error:
        raise SendError("The store of the attachments is away.", "retry", code="file") from error
    return replace(outgoing.message, files=contents)
