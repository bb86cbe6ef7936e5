"""Lists of ramps that go on, and one of them with all of its steps."""

from collections.abc import Sequence
from itertools import zip_longest

from slack_sdk.models.blocks import Block

from bot.domain.locks import HeldLock, held_on
from bot.domain.plan_outcomes import Plans
from bot.domain.plans import Plan, PlanState, expected_times
from bot.domain.ramp_commands import PlanAction
from bot.slack.messages.blocks import (
    Message,
    context,
    header,
    line_listing,
    note,
    plain_section,
    section,
)
from bot.slack.messages.escape import code, mention, plain
from bot.slack.messages.phrases import at
from bot.slack.messages.ramp_buttons import ramp_row
from bot.slack.messages.ramp_phrases import (
    gap_text,
    on_day,
    plain_ramp_name,
    ramp_command,
    ramp_name,
    ramp_word,
    standing,
    step_name,
    window_text,
)
from bot.slack.messages.translator import Translator

_REASON_LENGTH = 400
_WORD_LENGTH = 40


def ramp_list(t: Translator, answer: Plans) -> Message:
    """List the ramps that go on, on two lines each; a single one with its steps."""
    if not answer.plans:
        return note(
            t.gettext(
                "No ramp goes on here. One is started with {command}: a card shows its "
                "steps first.",
                command=ramp_command("APP", "10 25 50 100"),
            )
        )
    if len(answer.plans) == 1:
        return _one(t, answer.plans[0], answer.locks)
    entries = [_entry(t, plan, answer.locks) for plan in answer.plans]
    short = [entry.replace("\n", " · ") for entry in entries]
    return line_listing(
        t.gettext("Ramps"),
        t.ngettext("{count} ramp goes on.", "{count} ramps go on.", len(entries)),
        (entries, short),
        lambda hidden: t.ngettext(
            "… and {count} more ramp.", "… and {count} more ramps.", hidden
        ),
    )


def _entry(t: Translator, plan: Plan, locks: Sequence[HeldLock]) -> str:
    done = t.gettext(
        "{done} of {steps} steps, at *{percentage}*",
        done=str(plan.step),
        steps=str(len(plan.terms.changes)),
        percentage=t.percent(plan.percentage),
    )
    word = code(ramp_word(plan), _WORD_LENGTH)
    return f"*{ramp_name(t, plan)}* ({word}) · {done}\n{standing(t, plan, locks)}"


def _one(t: Translator, plan: Plan, locks: Sequence[HeldLock]) -> Message:
    stands = standing(t, plan, locks)
    title = t.gettext("Ramp of {app}", app=plain_ramp_name(t, plan))
    text = t.gettext("Ramp of {app}: {stands}", app=ramp_name(t, plan), stands=stands)
    why = plain(plan.start_reason, _REASON_LENGTH)
    # Whoever started it may be another than the one whose reason this is.
    asked = t.gettext("Why it was asked for: {reason}", reason=why)
    reason = (plain_section(asked),) if why else ()
    blocks: tuple[Block, ...] = (
        header(title),
        section(stands),
        section("\n".join(_steps(t, plan, locks))),
        *reason,
        # A press looks at the Store first, which may have another percentage by now.
        *ramp_row(t, plan, plan.percentage),
        context(" ".join(_agreed(t, plan))),
        context(_commands(plan)),
    )
    return Message(text, blocks)


def _steps(t: Translator, plan: Plan, locks: Sequence[HeldLock]) -> list[str]:
    """Return a line for the start and each step: done, or with the time to come."""
    began = t.gettext(
        "🏁 {percentage} · started {time} by {who}",
        percentage=t.percent(plan.started_from),
        time=at(plan.started_at),
        who=mention(t, plan.started_by),
    )
    names = [step_name(t, change) for change in plan.terms.changes]
    lines = [began, *(f"✅ {name}" for name in names[: plan.step])]
    left = names[plan.step :]
    ends = [one.until for one in held_on(locks, plan.ref.target)]
    times = expected_times(plan, max(ends, default=None))
    if plan.operation_id is not None:
        mark, first = "▶️", t.gettext("being sent")
        shown = [first, *map(on_day, times[1:])]
    else:
        mark, shown = "⏭️", list(map(on_day, times))
    marks = [mark, *("▫️" for _ in left)]
    for name, sign, when in zip_longest(left, marks[: len(left)], shown, fillvalue=""):
        lines.append(f"{sign} {name} · {when}" if when else f"{sign} {name}")
    return lines


def _agreed(t: Translator, plan: Plan) -> tuple[str, ...]:
    """Return the time between two steps, the window, and what comes at the end."""
    terms = plan.terms
    ends = t.gettext("Then it holds: nothing is finalized.")
    if terms.finalizes:
        ends = t.gettext("Then the rollout is finalized.")
    return (
        t.gettext("At least {gap} between two steps.", gap=gap_text(t, terms.gap)),
        t.gettext("Sent {window}.", window=window_text(t, terms.window)),
        ends,
    )


def _commands(plan: Plan) -> str:
    """Return what can be done with the ramp now."""
    word, actions = ramp_word(plan), [PlanAction.STOP]
    if plan.state is PlanState.RUNNING:
        actions.insert(0, PlanAction.PAUSE)
    elif plan.state is PlanState.PAUSED:
        actions.insert(0, PlanAction.RESUME)
    return " · ".join(ramp_command(word, action) for action in actions)
