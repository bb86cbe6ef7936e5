"""Answers about ramps: refused, paused, resumed, stopped, or as it was."""

from datetime import timedelta
from typing import assert_never

from bot.domain.app_names import ResolvedTarget
from bot.domain.plan_outcomes import (
    NoPlan,
    PlanAnswer,
    PlanChanged,
    PlanLives,
    PlanMoved,
    Plans,
    PlanUnchanged,
)
from bot.domain.plan_terms import RefusedPlan
from bot.domain.plans import Plan, PlanEnd, PlanState
from bot.domain.ramp_commands import PlanAction
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.escape import code
from bot.slack.messages.phrases import state
from bot.slack.messages.ramp_lists import ramp_list
from bot.slack.messages.ramp_phrases import (
    end_text,
    gap_text,
    hold_text,
    ramp_command,
    ramp_name,
    ramp_word,
    standing,
    step_name,
)
from bot.slack.messages.ramp_refusals import refused_ramp
from bot.slack.messages.translator import Translator

_EXAMPLE = "10 25 50 100"


def ramp_answer(t: Translator, answer: PlanAnswer) -> Message:
    """Draw the answer to a command or a press about ramps."""
    match answer:
        case RefusedPlan():
            return refused_ramp(t, answer)
        case PlanLives():
            return note(_lives(t, answer.plan))
        case NoPlan():
            return note(_no_ramp(t, answer))
        case PlanChanged():
            return note(_changed(t, answer.plan))
        case PlanUnchanged():
            return note(_unchanged(t, answer))
        case PlanMoved():
            return note(_moved(t, answer))
        case Plans():
            return ramp_list(t, answer)
    assert_never(answer)


def _lives(t: Translator, plan: Plan) -> str:
    there = t.gettext(
        "*{app}* has a ramp already, so no other one was started:",
        app=ramp_name(t, plan),
    )
    other = t.gettext(
        "A ramp is not changed once it was started. Stop it first, which leaves the "
        "rollout as it is: {command}.",
        command=ramp_command(ramp_word(plan), PlanAction.STOP),
    )
    return "\n".join((there, standing(t, plan), other))


def _no_ramp(t: Translator, answer: NoPlan) -> str:
    word = ResolvedTarget(answer.target, answer.alias).word
    return t.gettext(
        "{app} has no ramp that goes on, so nothing was changed. One is started with "
        "{command}.",
        app=code(word),
        command=ramp_command(word, _EXAMPLE),
    )


def _changed(t: Translator, plan: Plan) -> str:
    match plan.state:
        case PlanState.PAUSED:
            return _paused(t, plan)
        case PlanState.ENDED:
            return _ended(t, plan)
        case PlanState.HELD:
            return t.gettext(
                "Ramp of {app}: {stands}",
                app=ramp_name(t, plan),
                stands=standing(t, plan),
            )
        case PlanState.RUNNING:
            goes_on = t.gettext(
                "The ramp of *{app}* goes on from {percentage}.",
                app=ramp_name(t, plan),
                percentage=t.percent(plan.percentage),
            )
            return f"{goes_on}\n{standing(t, plan)}"
    assert_never(plan.state)


def _paused(t: Translator, plan: Plan) -> str:
    """Return that a ramp is paused, and what of the time between steps is left."""
    app, resume = ramp_name(t, plan), ramp_command(ramp_word(plan), PlanAction.RESUME)
    left = plan.gap_over_at - plan.changed_at
    text = t.gettext("⏸️ The ramp of *{app}* is paused.", app=app)
    if left > timedelta(0) and plan.operation_id is None:
        rest = t.gettext(
            "What is left until its next step, {time}, counts again from {command} on.",
            time=gap_text(t, left),
            command=resume,
        )
    else:
        rest = t.gettext("It goes on with {command}.", command=resume)
    return " ".join((text, *_under_way(t, plan), rest))


def _ended(t: Translator, plan: Plan) -> str:
    app, now = ramp_name(t, plan), t.percent(plan.percentage)
    if plan.reason is not PlanEnd.STOPPED:
        over = t.gettext("The ramp of *{app}* is over.", app=app)
        return f"{over} {end_text(t, plan)}"
    stopped = t.gettext("⏹️ The ramp of *{app}* is stopped.", app=app)
    if plan.operation_id is not None:
        return " ".join((stopped, *_under_way(t, plan)))
    stays = t.gettext(
        "The rollout stays at {percentage}; nothing else was changed.", percentage=now
    )
    return f"{stopped} {stays}"


def _under_way(t: Translator, plan: Plan) -> tuple[str, ...]:
    """Return that a step was sent already; nothing where none was."""
    if plan.operation_id is None or plan.next_change is None:
        return ()
    return (
        t.gettext(
            "Its step {step} was sent before, and may still be made.",
            step=step_name(t, plan.next_change),
        ),
    )


def _unchanged(t: Translator, answer: PlanUnchanged) -> str:
    plan = answer.plan
    app, word = ramp_name(t, plan), ramp_word(plan)
    stop = ramp_command(word, PlanAction.STOP)
    match plan.state:
        case PlanState.RUNNING:
            text = t.gettext("The ramp of *{app}* goes on already:", app=app)
            return f"{text} {standing(t, plan)}"
        case PlanState.PAUSED:
            return t.gettext(
                "The ramp of *{app}* is paused already. It goes on with {resume}, and "
                "{stop} ends it.",
                app=app,
                resume=ramp_command(word, PlanAction.RESUME),
                stop=stop,
            )
        case PlanState.HELD:
            return t.gettext(
                "Nothing was changed. The ramp of *{app}* waits for a person, since "
                "{reason}: it goes on with the button of the message about that, and "
                "{stop} ends it.",
                app=app,
                reason=hold_text(t, plan),
                stop=stop,
            )
        case PlanState.ENDED:
            over = t.gettext("The ramp of *{app}* is over already.", app=app)
            return f"{over} {end_text(t, plan)}"
    assert_never(plan.state)


def _moved(t: Translator, answer: PlanMoved) -> str:
    return t.gettext(
        "Nothing was changed: the Store shows *{state}* for *{app}* by now, which is "
        "not what your button was for. {command} shows how the ramp stands.",
        state=state(t, answer.now),
        app=ramp_name(t, answer.plan),
        command=ramp_command(ramp_word(answer.plan)),
    )
