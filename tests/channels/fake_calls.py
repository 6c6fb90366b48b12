"""The hub's side of calls for the tests of a line: it remembers what it was told, and answers what it is set to."""

from dataclasses import dataclass, field, replace

from channels.calling import CallNews, RingNews, RingStanding, Standing


@dataclass
class FakeCalls:
    """`standing` is answered once the call has become a message; `rings` by their numbers."""

    desk: object = field(repr=False)
    standing: Standing = field(
        default_factory=lambda: Standing(
            reference="48210937", queue="waste", queue_name="Waste and recycling", is_open=True, today="2026-11-23"
        )
    )
    rings: dict[int, RingStanding] = field(default_factory=dict)
    told: list[CallNews] = field(default_factory=list)
    rung_news: list[RingNews] = field(default_factory=list)

    @property
    def kinds(self) -> list[str]:
        return [news.kind for news in self.told]

    async def tell(self, news: CallNews) -> Standing:
        desk = self.desk
        if getattr(desk, "away", False) or news.message is not None:
            if news.kind in ("left", "ended"):
                await desk.receive([])  # type: ignore[attr-defined]
            else:
                received = [news.message] if news.message else []
                await desk.receive(received)  # type: ignore[attr-defined]
        self.told.append(news)
        return replace(self.standing, reference=getattr(desk, "reference", ""))

    async def rung(self, news: RingNews) -> RingStanding | None:
        self.rung_news.append(news)
        return self.rings.get(news.ring)

    async def ring_standing(self, inbox: str, ring: int) -> RingStanding | None:
        return self.rings.get(ring)
