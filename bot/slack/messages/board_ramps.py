"""The ramp of an open rollout: its steps, and what comes next."""

from collections.abc import Iterable
from datetime import datetime

from bot.domain.locks import Lock, held
from bot.domain.plans import Plan
from bot.slack.messages.escape import mention
from bot.slack.messages.phrases import at
from bot.slack.messages.ramp_phrases import standing, step_name
from bot.slack.messages.translator import Translator


def ramp_lines(
    t: Translator, plan: Plan, locks: Iterable[Lock], now: datetime
) -> tuple[str, str]:
    """Return the steps of a ramp on one line, and on another what it waits for."""
    steps = t.gettext("📈 *Ramp*: {steps}", steps=_steps(t, plan))
    # A lock of every week may hold only then.
    at_step = held(locks, max(now, plan.due_at or now))
    return steps, standing(t, plan, at_step)


def ramp_started(t: Translator, plan: Plan) -> str:
    """Return who has started a ramp, and when, for small print."""
    return t.gettext(
        "ramp started by {who}, {time}",
        who=mention(t, plan.started_by),
        time=at(plan.started_at),
    )


def _steps(t: Translator, plan: Plan) -> str:
    """Show all steps: those that are done with a tick, and the next one in bold."""
    names = [step_name(t, change) for change in plan.terms.changes]
    done = [f"✓ {name}" for name in names[: plan.step]]
    following = [f"*{name}*" for name in names[plan.step : plan.step + 1]]
    return " → ".join((*done, *following, *names[plan.step + 1 :]))
