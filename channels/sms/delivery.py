"""What Twilio says about a text that we sent."""

from channels.contract import DeliveryStatus, DeliveryUpdate, Event
from channels.twilio_errors import verdict
from channels.twilio_webhook import Webhook

STATUSES: dict[str, DeliveryStatus] = {
    "queued": DeliveryStatus.SENT,
    "accepted": DeliveryStatus.SENT,
    "scheduled": DeliveryStatus.SENT,
    "sending": DeliveryStatus.SENT,
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.DELIVERED,
    "undelivered": DeliveryStatus.FAILED,
    "failed": DeliveryStatus.FAILED,
    "canceled": DeliveryStatus.FAILED,
}
CANCELED = "The text was cancelled at the provider before it left. Send it again if it is still wanted."


def reported(webhook: Webhook) -> Event:
    """The status callback's meaning. A word that says nothing about an outbound text is kept as Unreadable."""
    external_id = webhook.form.get("MessageSid", "").strip()
    word = webhook.form.get("MessageStatus", "").strip().lower()
    status = STATUSES.get(word)
    if not external_id:
        return webhook.unreadable("a delivery report without MessageSid")
    if status is None:
        return webhook.unreadable("a delivery report with a status that we don't know")
    if status is not DeliveryStatus.FAILED:
        return DeliveryUpdate(
            channel=webhook.inbox.channel, inbox=webhook.inbox.name, external_id=external_id, status=status
        )
    return _failed(webhook, external_id, canceled=word == "canceled")


def _failed(webhook: Webhook, external_id: str, *, canceled: bool) -> DeliveryUpdate:
    code = webhook.form.get("ErrorCode", "").strip()
    meaning = verdict(code)
    return DeliveryUpdate(
        channel=webhook.inbox.channel,
        inbox=webhook.inbox.name,
        external_id=external_id,
        status=DeliveryStatus.FAILED,
        error=CANCELED if canceled and not code else meaning.words,
        error_code=code,
        flag=meaning.flag,
        again_after=meaning.again_after,
        tries=meaning.tries,
        alert=bool(code) and meaning.alert,
    )
