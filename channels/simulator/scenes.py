"""Scenes that are played with one click: what pretend citizens do one after the other, over the wire as ever."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from channels.simulator.citizens import CITIZENS, Citizen
from channels.simulator.media import picture
from channels.simulator.settings import PhoneInbox
from channels.simulator.simulator import Simulator
from channels.simulator.town import CallRecord

_ASHA, _TOM, _MARIA, _IDRIS = CITIZENS[:4]
_PERSON_KEY = "0"
_MOST_KEYS = 4  # a scene that isn't where it wants to be by then gives up
_MISSED_BIN = "My bin was missed again in Elm Road. The picture shows it."
_VOICEMAIL = "A street light is out at the corner of Mill Lane. It is very dark there. My name is Tom Evans."


class SceneError(Exception):
    """The scene can't be played in this council, or not now; the text says why."""


@dataclass(frozen=True, slots=True)
class Scene:
    title: str
    citizen: Citizen
    steps: Callable[[Simulator, Citizen], Awaitable[str]]

    async def play(self, simulator: Simulator) -> str:
        """Returns what happened, in a sentence. Raises SceneError, CallError, UndeliveredError."""
        return await self.steps(simulator, self.citizen)


async def _missed_bin(simulator: Simulator, citizen: Citizen) -> str:
    await simulator.carrier.text(citizen.phone, _number(simulator, "sms"), _MISSED_BIN, picture=picture())
    return f"{citizen.name} sent a text with a picture."


async def _opt_out(simulator: Simulator, citizen: Citizen) -> str:
    number = _number(simulator, "sms")
    await simulator.carrier.text(citizen.phone, number, "Is the library open on Sunday?")
    await simulator.carrier.text(citizen.phone, number, "STOP")
    return f"{citizen.name} asked something by text, and then wants no more texts."


async def _out_of_hours(simulator: Simulator, citizen: Citizen) -> str:
    """Calls the line that takes messages only, where there is one, chooses the first thing, and leaves a message."""
    lines = simulator.settings.numbers("voice")
    number = next((line for line in lines if line.name == "evenings"), _number(simulator, "voice"))
    call = await simulator.calls.dial(citizen.phone, number)
    for _ in range(_MOST_KEYS):
        if call.waiting in ("digits", "queue"):
            call = await simulator.calls.press(call.sid, "2" if call.queue else "1")
    if call.waiting != "recording":
        raise SceneError("The line offered no voicemail.")
    await simulator.calls.speak(call.sid, _VOICEMAIL, hang_up=False)
    return f"{citizen.name} called out of hours and left a message."


async def _callback(simulator: Simulator, citizen: Citizen) -> str:
    call = await simulator.calls.dial(citizen.phone, _number(simulator, "voice"))
    call = await _into_line(simulator, call)
    await simulator.calls.press(call.sid, "1")
    return f"{citizen.name} waited in line and asked to be called back."


async def _waiting(simulator: Simulator, citizen: Citizen) -> str:
    call = await simulator.calls.dial(citizen.phone, _number(simulator, "voice"))
    await _into_line(simulator, call)
    return f"{citizen.name} waits in line. Take the call in the console; your phone rings beside theirs."


async def _into_line(simulator: Simulator, call: CallRecord) -> CallRecord:
    for _ in range(_MOST_KEYS):
        if call.waiting == "digits" and not call.queue:
            call = await simulator.calls.press(call.sid, _PERSON_KEY)
    if call.queue:
        return call
    if not call.ended:
        await simulator.calls.hang_up(call.sid)
    raise SceneError("Nobody takes calls at this hour: the line offered no person.")


def _number(simulator: Simulator, channel: str) -> PhoneInbox:
    numbers = simulator.settings.numbers("sms" if channel == "sms" else "voice")
    if not numbers:
        raise SceneError(f"The council has no {'number for texts' if channel == 'sms' else 'line for calls'}.")
    return numbers[0]


SCENES: Mapping[str, Scene] = {
    "missed-bin": Scene("Missed bin: a text with a picture", _ASHA, _missed_bin),
    "out-of-hours": Scene("A call out of hours", _TOM, _out_of_hours),
    "waiting": Scene("A caller waits in line", _IDRIS, _waiting),
    "callback": Scene("A caller wants to be called back", _MARIA, _callback),
    "opt-out": Scene("No more texts, please", _IDRIS, _opt_out),
}
