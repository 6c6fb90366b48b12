"""The simulator as an application: the hub mounts it at /simulator and enters `running` beside its own lifespan."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from channels.simulator import api, rest
from channels.simulator.pages import Pages
from channels.simulator.settings import SimulatorSettings
from channels.simulator.simulator import Simulator


def build(settings: SimulatorSettings) -> Starlette:
    """Answers only within `running(app)`. It is also the app's own lifespan, for running it alone."""
    pages = Pages(settings)
    app = Starlette(routes=[*rest.routes(), *api.routes(), *pages.routes()], lifespan=running)
    app.state.settings = settings
    return app


@asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[None]:
    """The town's life: its mail sink listens, its errands run. A mounted app's lifespan doesn't run: enter this one.

    Raises OSError when the sink's port is taken.
    """
    settings: SimulatorSettings = app.state.settings
    async with settings.http() as http:
        simulator = Simulator(settings, http)
        async with simulator.mailbox.listening():
            app.state.simulator = simulator
            try:
                yield
            finally:
                await simulator.errands.drop()
