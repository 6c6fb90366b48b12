"""What a provider says about a message that nobody here knows is kept for a while: its sending may be recorded late."""

from datetime import timedelta

from channels.contract import DeliveryStatus, DeliveryUpdate
from hub.actions.intake.early_words import forget_early
from hub.models import EarlyUpdate
from hub.models.base import utcnow
from tests.cases.anytown import Town


async def test_words_about_nobodys_message_are_dropped_after_a_while(town: Town) -> None:
    update = DeliveryUpdate(channel="sms", inbox="main", external_id="SMnobody", status=DeliveryStatus.DELIVERED)
    await town.receive(update)
    now = utcnow()

    await town.db.write(forget_early, now - timedelta(days=1))
    assert len(await town.rows(EarlyUpdate)) == 1

    await town.db.write(forget_early, now + timedelta(seconds=1))
    assert await town.rows(EarlyUpdate) == []
