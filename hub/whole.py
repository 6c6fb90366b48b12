"""All words of a message, those too that it quotes: read out of its original when somebody asks, stored nowhere."""

from starlette.concurrency import run_in_threadpool

from channels.abilities import TellsWhole
from hub.errors import NotFound, Unavailable
from hub.files.contents import content_of
from hub.queries.views import AttachmentView, MessageView
from hub.running import Hub


async def whole_text(hub: Hub, message: MessageView) -> str | None:
    """None when no original of it is kept: then its text is all there is.

    Raises NotFound when the original is gone, Unavailable when its store is away.
    """
    kept = next((file for file in message.attachments if is_mail(file)), None)
    channel = next((each for each in hub.channels.values() if isinstance(each, TellsWhole)), None)
    if kept is None or channel is None:
        return None
    try:
        raw = await content_of(hub, kept.id, kept.sha256)
    except FileNotFoundError as error:
        raise NotFound("The original of this message isn't here any more.") from error
    except OSError as error:
        raise Unavailable("The store of the attachments is away. Try again in a moment.") from error
    return await run_in_threadpool(channel.whole, raw)


def is_mail(file: AttachmentView) -> bool:
    """Is it the original of a message, and here?"""
    return (file.disposition, file.media_type, file.state) == ("raw", "message/rfc822", "stored")
