"""Ramps that wait for a person: why, what the Store shows, and the ways on."""

from typing import Final

from slack_sdk.models.blocks import ActionsBlock

from bot.domain.app_names import ResolvedTarget
from bot.domain.events import EventKind
from bot.domain.notices import Notice
from bot.domain.outcomes import NotAllowed
from bot.domain.plan_outcomes import PlanMoved, PlanOutcome
from bot.domain.plans import HoldReason, Plan
from bot.domain.results import Refused, Unavailable, Unknown, result_from_json
from bot.domain.rollout import Change, Rollout, allowed_verbs
from bot.domain.schedule import next_open
from bot.domain.submissions import Target
from bot.domain.verbs import Phase, Verb
from bot.slack.ids import RAMP_BLOCK, HeldRamp
from bot.slack.messages.blocks import Message, context, section
from bot.slack.messages.board_buttons import board_button
from bot.slack.messages.escape import channel, group
from bot.slack.messages.failures import failure_text
from bot.slack.messages.phrases import at, command, state
from bot.slack.messages.ramp_buttons import ways_on
from bot.slack.messages.ramp_phrases import hold_reason, on_day, step_name
from bot.slack.messages.refusals import refusal_text
from bot.slack.messages.replies import answer_message
from bot.slack.messages.translator import Translator

_KNOWN: Final = frozenset(HoldReason)


def held_ramp_notice(t: Translator, notice: Notice, app: str) -> Message:
    """Draw what a person has to decide, and the buttons; `app` is for mrkdwn."""
    text = _headline(t, notice, app)
    if notice.mention:
        text = f"{group(notice.mention)} {text}"
    waits = t.gettext(
        "No further step is sent until somebody decides; that does not halt the "
        "rollout."
    )
    facts = [*_facts(t, notice), waits]
    told = context(t.gettext("As of {time}", time=at(notice.event.at)))
    body = section("\n".join((text, *facts)))
    if notice.direct:
        # A change is made in a channel of the app, and nowhere else.
        return Message(text, (section(_not_posted(t, notice)), body, told))
    event = notice.event
    if event.target is None or event.request_id is None:
        return Message(text, (body, told))
    going, seen = _percentage(notice), notice.shown and notice.shown[0]
    buttons = held_buttons(t, event.request_id, event.target, going, seen)
    return Message(text, (body, told, buttons))


def held_ramp_answer(t: Translator, outcome: PlanOutcome | NotAllowed) -> Message:
    """Draw the answer to a press; where the Store shows another state, its buttons."""
    message = answer_message(t, outcome)
    if not isinstance(outcome, PlanMoved):
        return message
    plan, now = outcome.plan, outcome.now
    buttons = held_buttons(t, plan.id, plan.ref.target, _going(now), now)
    return Message(message.text, (*message.blocks, buttons))


def held_buttons(
    t: Translator,
    plan_id: str,
    target: Target,
    percentage: float | None,
    seen: Rollout | None,
) -> ActionsBlock:
    """Draw the ways on; without a percentage in progress there is nothing to go on.

    `seen` is what the message shows of the Store. Where that is nothing, a halt can be
    asked for all the same.
    """
    ramp = HeldRamp(plan_id, target, percentage or 0.0)
    buttons = [*ways_on(t, ramp, goes_on=percentage is not None)]
    if seen is None or Verb.HALT in allowed_verbs(seen.phase):
        buttons.append(board_button(t, target, Verb.HALT))
    return ActionsBlock(block_id=RAMP_BLOCK, elements=buttons)


def _headline(t: Translator, notice: Notice, app: str) -> str:
    details, code = notice.event.details, notice.event.code
    # A newer version of the bot may know more reasons.
    why = "–"
    if code in _KNOWN:
        why = hold_reason(t, HoldReason(code), details["percentage"])
    if notice.kind is EventKind.PLAN_STILL_HELD and notice.plan is not None:
        return t.gettext(
            "✋ The ramp of *{app}* still waits for a person, since {time}: {reason}.",
            app=app,
            time=at(notice.plan.changed_at),
            reason=why,
        )
    return t.gettext(
        "✋ The ramp of *{app}* waits for a person: {reason}.", app=app, reason=why
    )


def _facts(t: Translator, notice: Notice) -> list[str]:
    facts = [*_result(t, notice)]
    if notice.shown is not None:
        rollout, time = notice.shown
        facts.append(
            t.gettext(
                "The Store shows: *{state}*, {time}.",
                state=state(t, rollout),
                time=at(time),
            )
        )
    plan, going = notice.plan, _percentage(notice)
    if plan is None or going is None:
        return facts
    coming = plan.terms.above(going).changes
    if not coming:
        facts.append(
            t.gettext("No step of the ramp is above that: to go on is to end it.")
        )
        return facts
    facts.append(_next_one(t, notice, plan, going, coming[0]))
    return facts


def _next_one(
    t: Translator, notice: Notice, plan: Plan, going: float, step: Change
) -> str:
    """Return what goes on, and when: what is left of the gap has to pass first."""
    earliest = max(notice.event.at, plan.gap_over_at)
    due = next_open(plan.terms.window, earliest) or earliest
    if due <= notice.event.at:
        return t.gettext(
            "To go on from {percentage} needs nobody else: the steps are agreed on. "
            "The next one, {step}, is then sent at once, while its window is open.",
            percentage=t.percent(going),
            step=step_name(t, step),
        )
    return t.gettext(
        "To go on from {percentage} needs nobody else: the steps are agreed on. The "
        "next one, {step}, is then sent {time} at the earliest.",
        percentage=t.percent(going),
        step=step_name(t, step),
        time=on_day(due),
    )


def _result(t: Translator, notice: Notice) -> tuple[str, ...]:
    """Return how the step has ended that a person has to look at, where one has."""
    stored = notice.event.details.get("step_result")
    match None if stored is None else result_from_json(stored):
        case Refused() as refused:
            return (refusal_text(t, refused),)
        case Unavailable(detail=detail) | Unknown(detail=detail):
            return (failure_text(t, detail),)
        case _:
            return ()


def _not_posted(t: Translator, notice: Notice) -> str:
    place, target = notice.event.place, notice.event.target
    word = "" if target is None else ResolvedTarget(target, notice.event.alias).word
    return t.gettext(
        "You started this ramp, and I could not post this in {channel}. To decide, "
        "type there: {command}",
        channel=channel(place.channel if place else ""),
        command=command("ramp", word),
    )


def _percentage(notice: Notice) -> float | None:
    """Return what the ramp may go on from: what the Store shows, while in progress."""
    if notice.shown is not None:
        return _going(notice.shown[0])
    return notice.plan.percentage if notice.plan else None


def _going(rollout: Rollout) -> float | None:
    return rollout.percentage if rollout.phase is Phase.IN_PROGRESS else None
