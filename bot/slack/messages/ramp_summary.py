"""The summary of a ramp that has ended: its course, and what was planned."""

from slack_sdk.models.blocks import Block

from bot.domain.ramp_course import RampCourse
from bot.slack.messages.blocks import context
from bot.slack.messages.board_ramps import ramp_started
from bot.slack.messages.charts import course_chart
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
        ramp_started(t, plan),
    )
    chart = course_chart(t, course.points)
    return (context(" · ".join(facts)), *((chart,) if chart else ()))
