"""The pretend town put together; one lives as long as `running` in app.py."""

import httpx

from channels.simulator.calls import Calls
from channels.simulator.carrier import Carrier
from channels.simulator.errands import Errands
from channels.simulator.mailbox import Mailbox
from channels.simulator.settings import SimulatorSettings
from channels.simulator.town import Town
from channels.simulator.webhooks import Webhooks


class Simulator:
    def __init__(self, settings: SimulatorSettings, http: httpx.AsyncClient) -> None:
        webhooks = Webhooks(settings, http)
        self.settings = settings
        self.town = Town()
        self.errands = Errands()
        self.carrier = Carrier(settings, self.town, webhooks, self.errands)
        self.calls = Calls(settings, self.town, webhooks, self.errands)
        self.mailbox = Mailbox(settings, self.town)
