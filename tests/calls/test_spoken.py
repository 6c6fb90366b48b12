"""What callers say where a choice was wanted: it is kept, and danger in it raises the alarm at once."""

from hub.models import Alarm, Call, Case, Message, Priority
from tests.calls.line import Line

MORE = """
[[danger]]
name = "Self-harm"
queue = "roads"
phrases = { en = ["kill myself"], cy = ["lladd fy hun"] }
answer = "Call 999 now."
call = [["ann@anytown.example"]]
"""


async def test_danger_spoken_at_a_menu_raises_the_alarm_before_anybody_has_answered(line: Line) -> None:
    menu = await line.hear(CallStatus="ringing")
    heard = await line.hear(menu.action("Gather"), SpeechResult="I want to kill myself", Confidence="0.91")
    assert "Sorry" not in heard.words
    assert "Enqueue" in heard.verbs  # a person, whatever the menu offers
    case = await line.case_of()
    assert (case.priority, case.rule) == (Priority.URGENT, "Self-harm")
    [alarm] = await line.town.rows(Alarm)
    assert alarm.case_id == case.id
    [emergency] = await line.town.rows(Message, case_id=case.id, automatic_why="emergency")
    assert emergency.text == "Call 999 now."


async def test_it_is_one_case_when_the_caller_hangs_up_or_says_it_twice(line: Line) -> None:
    menu = await line.hear(CallStatus="ringing")
    for _ in range(2):
        await line.hear(menu.action("Gather"), SpeechResult="I want to kill myself", Confidence="0.91")
    await line.end()
    assert len(await line.town.rows(Alarm)) == 1
    [case] = await line.town.rows(Case)
    assert len(await line.town.rows(Message, case_id=case.id, direction="in")) == 1


async def test_danger_in_words_that_name_a_choice_is_heard_too(line: Line) -> None:
    menu = await line.hear(CallStatus="ringing")
    await line.hear(menu.action("Gather"), SpeechResult="Forget the bins, I will kill myself", Confidence="0.91")
    assert len(await line.town.rows(Alarm)) == 1


async def test_other_words_that_are_no_choice_open_no_case_and_stand_with_the_call(line: Line) -> None:
    menu = await line.hear(CallStatus="ringing")
    heard = await line.hear(menu.action("Gather"), SpeechResult="My neighbour's fence", Confidence="0.91")
    assert "Gather" in heard.verbs
    assert await line.town.rows(Case) == []
    await line.hear(heard.action("Gather"), SpeechResult="bins", Confidence="0.91")
    [call] = await line.town.rows(Call)
    assert [taken["label"] for taken in call.path] == [
        "said “My neighbour's fence”",
        "said “bins”",
        "bins and recycling",
    ]
