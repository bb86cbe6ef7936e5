"""Refusals of ramps: what is wrong with a typed one, and what to type instead."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.domain.percentages import FULL, format_percentage
from bot.domain.plan_terms import PlanRefusal, RefusedPlan
from bot.domain.verbs import Verb
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.escape import code, escape
from bot.slack.messages.phrases import command
from bot.slack.messages.ramp_phrases import ramp_command
from bot.slack.messages.translator import N_, Translator

_WORD_LENGTH: Final = 60
_STEPS: Final = "10 25 50 100"
_ZONE: Final = "zone Europe/Berlin"
_EXAMPLE: Final = f"{_STEPS} every 1d days mon-fri hours 9-16 {_ZONE}"
# In a command: what was typed there stays as it is.
_KEPT: Final = "…"

_SENTENCES: Final[Mapping[PlanRefusal, str]] = MappingProxyType(
    {
        PlanRefusal.BAD_WORD: N_(
            "I do not understand {word} here. Behind the app stand the percentages of "
            "a ramp and what else is agreed on, for example {command}."
        ),
        PlanRefusal.BAD_STEP: N_(
            "{word} cannot be a step of a ramp. Each is a number above 0 and up to "
            "100, with two decimals at most: {command}."
        ),
        PlanRefusal.ZERO_STEP: N_(
            "{word} cannot be a step of a ramp: each is above {percentage}, and "
            "{percentage} is not a halt. Type for example {command}. To stop a rollout "
            "for good: {halt}."
        ),
        PlanRefusal.OVER_100: N_(
            "{word} is above 100 %, which is the most. Type for example {command}."
        ),
        PlanRefusal.NOT_RISING: N_(
            "Each step of a ramp is above the one before, and {word} is not. In "
            "their order: {command}."
        ),
        PlanRefusal.TOO_MANY_STEPS: N_(
            "These are {word} steps, and a ramp has 12 at most. Leave some out, for "
            "example {command}."
        ),
        PlanRefusal.NOTHING_ABOVE: N_(
            "The rollout is at {word} already, and no step of this ramp is above "
            "that, so no card was made. Type a higher one, for example {command}."
        ),
        PlanRefusal.BAD_GAP: N_(
            "Behind `every` stands a time, such as `1d`, `12h` or `1w`, and I found "
            "{word}. Type for example {command}."
        ),
        PlanRefusal.GAP_TOO_SHORT: N_(
            "The steps of a ramp are an hour apart at least: {command}."
        ),
        PlanRefusal.GAP_TOO_LONG: N_(
            "The steps of a ramp are 30 days apart at most: {command}."
        ),
        PlanRefusal.BAD_DAYS: N_(
            "Behind `days` stand days of the week, such as `mon-fri`, `mon,wed` or "
            "`all`, and I found {word}. Type for example {command}."
        ),
        PlanRefusal.BAD_HOURS: N_(
            "Behind `hours` stand two times of a day, such as `9-16`, `8:30-17:00` or "
            "`all`, and I found {word}. Type for example {command}."
        ),
        PlanRefusal.NEVER_OPEN: N_(
            "These days and hours do not come in the next 30 days, so no step could be "
            "sent. Type for example {command}."
        ),
        PlanRefusal.UNKNOWN_ZONE: N_(
            "Behind `zone` stands a time zone by its continent and city, such as "
            "`Europe/Berlin`, and I found {word}. Type for example {command}."
        ),
        PlanRefusal.BAD_END: N_(
            "Behind `then` stands what comes after the last step, `hold` or "
            "`finalize`, and I found {word}. Type for example {command}."
        ),
        PlanRefusal.FINALIZE_WITHOUT_100: N_(
            "A ramp finalizes the rollout only after 100 %, so that is its last step: "
            "{command}."
        ),
        PlanRefusal.SAID_TWICE: N_(
            "What {word} stands for is there twice, and I do not know which one is "
            "meant. Type it once, for example {command}."
        ),
    }
)
# What is said where nothing stands behind the word that wants something.
_MISSING: Final[Mapping[PlanRefusal, str]] = MappingProxyType(
    {
        PlanRefusal.BAD_GAP: N_(
            "Behind `every` I miss a time, such as `1d`, `12h` or `1w`. Type for "
            "example {command}."
        ),
        PlanRefusal.BAD_DAYS: N_(
            "Behind `days` I miss days of the week, such as `mon-fri`, `mon,wed` or "
            "`all`. Type for example {command}."
        ),
        PlanRefusal.BAD_HOURS: N_(
            "Behind `hours` I miss two times of a day, such as `9-16`, `8:30-17:00` or "
            "`all`. Type for example {command}."
        ),
        PlanRefusal.UNKNOWN_ZONE: N_(
            "Behind `zone` I miss a time zone by its continent and city, such as "
            "`Europe/Berlin`. Type for example {command}."
        ),
        PlanRefusal.BAD_END: N_(
            "Behind `then` I miss what comes after the last step, `hold` or "
            "`finalize`. Type for example {command}."
        ),
    }
)
_AT_100: Final = N_(
    "The rollout is at 100 % already, and no step is above that, so no card was made. "
    "To end the rollout: {finalize}."
)
# The word of these is a percentage.
_OF_A_STEP: Final = frozenset(
    {
        PlanRefusal.ZERO_STEP,
        PlanRefusal.OVER_100,
        PlanRefusal.NOT_RISING,
        PlanRefusal.NOTHING_ABOVE,
    }
)
# The hint of these stands for all that was typed; that of others for a part.
_WHOLE: Final = frozenset({PlanRefusal.NOT_RISING, PlanRefusal.FINALIZE_WITHOUT_100})


def refused_ramp(t: Translator, refused: RefusedPlan) -> Message:
    """Explain why there is no card of a ramp, and show what to type instead."""
    refusal, app = refused.refusal, refused.app or "APP"
    sentence = _SENTENCES[refusal]
    if refusal is PlanRefusal.NOTHING_ABOVE and float(refused.word) >= FULL:
        sentence = _AT_100
    if not refused.word:
        sentence = _MISSING.get(refusal, sentence)
    text = t.gettext(
        sentence,
        word=_word(t, refused),
        percentage=t.percent(0),
        command=ramp_command(app, *_right(refused)),
        halt=command(Verb.HALT, app),
        finalize=command(Verb.FINALIZE, app),
    )
    if refusal is not PlanRefusal.BAD_WORD or refused.hint is None:
        return note(text)
    near = ramp_command(app, refused.hint)
    meant = t.gettext("Did you mean {command}?", command=near)
    return note(f"{text} {meant}")


def _word(t: Translator, refused: RefusedPlan) -> str:
    if refused.refusal in _OF_A_STEP:
        return t.percent(float(refused.word))
    if refused.refusal is PlanRefusal.TOO_MANY_STEPS:
        return escape(refused.word)
    return code(refused.word, _WORD_LENGTH)


def _right(refused: RefusedPlan) -> tuple[str, ...]:
    """Return the words that are right behind the app."""
    match refused.refusal:
        case PlanRefusal.BAD_WORD | PlanRefusal.SAID_TWICE:
            return (_EXAMPLE,)
        case PlanRefusal.NOTHING_ABOVE:
            return (format_percentage(FULL),)
        case PlanRefusal.UNKNOWN_ZONE:
            return _KEPT, refused.hint or _ZONE
        case refusal if refusal in _WHOLE and refused.hint is not None:
            return (refused.hint,)
        case refusal if refusal is PlanRefusal.OVER_100 or refused.hint is None:
            return (_STEPS,)
        case _:
            return _KEPT, refused.hint
