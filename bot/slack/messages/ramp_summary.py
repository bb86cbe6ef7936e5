"""The summary of a ramp that has ended: how far it came, and what was planned."""

from slack_sdk.models.blocks import Block

from bot.domain.ramp_course import RampCourse
from bot.slack.messages.blocks import context
from bot.slack.messages.charts import course_chart
from bot.slack.messages.escape import mention
from bot.slack.messages.phrases import at
from bot.slack.messages.translator import Translator


def ramp_summary(t: Translator, course: RampCourse) -> tuple[Block, ...]:
    """Draw what belongs below the sentence that tells how a ramp has ended."""
    plan = course.plan
    facts = (
        t.gettext(
            "from {begin} to {end}",
            begin=t.percent(plan.started_from),
            end=t.percent(course.reached),
        ),
        t.ngettext(
            "{done} of {count} step done",
            "{done} of {count} steps done",
            len(plan.terms.changes),
            done=str(plan.step),
        ),
        t.gettext(
            "started by {who}, {time}",
            who=mention(t, plan.started_by),
            time=at(plan.started_at),
        ),
        t.gettext("ended {time}", time=at(plan.changed_at)),
    )
    chart = course_chart(t, course.points)
    return (context(" · ".join(facts)), *((chart,) if chart else ()))
