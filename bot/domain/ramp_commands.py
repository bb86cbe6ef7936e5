"""Commands about ramps: start one, pause, resume or stop it, show it, list them all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.app_names import (
    AmbiguousName,
    ResolvedTarget,
    Words,
    is_all,
    split_apps,
    unknown_app,
)
from bot.domain.command_words import slip
from bot.domain.plan_terms import PlanRefusal, RefusedPlan
from bot.domain.ramp_options import OPTION_WORDS, TypedPlan, begins_plan, read_plan
from bot.domain.requests import Alias
from bot.domain.usage import Misuse, UnknownAlias, Usage

RAMP: Final = "ramp"
RAMP_WORDS: Final = frozenset({RAMP, "ramps", "rampup", "ramp-up"})
_LIST: Final = "list"
_UP: Final = "up"
_FLIGHT: Final = "flight"


class PlanAction(StrEnum):
    """What is done to a ramp that was started."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


# The words for what is done to a ramp.
ACTIONS: Final = {
    **dict.fromkeys(("pause", "suspend"), PlanAction.PAUSE),
    **dict.fromkeys(("resume", "continue", "unpause"), PlanAction.RESUME),
    **dict.fromkeys(("stop", "cancel", "end", "abort"), PlanAction.STOP),
}


@dataclass(frozen=True, slots=True)
class AskRamp:
    """`ramp`, with all the words behind it."""

    words: Words = ()


@dataclass(frozen=True, slots=True)
class ListPlans:
    """`ramp`, and nothing behind it."""


@dataclass(frozen=True, slots=True)
class ShowPlan:
    """`ramp APP`."""

    app: ResolvedTarget


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """`ramp APP pause|resume|stop [reason…]`."""

    app: ResolvedTarget
    action: PlanAction
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StartPlan:
    """`ramp APP [STEPS] [OPTIONS] [reason…]`."""

    app: ResolvedTarget
    typed: TypedPlan


RampCommand = ListPlans | ShowPlan | ChangePlan | StartPlan


def resolve_ramp(
    ask: AskRamp,
    named: Sequence[Alias],
    account: str,
    now: datetime,
) -> RampCommand | RefusedPlan | UnknownAlias | Usage:
    """Read the app and what follows it.

    The app may be left out where the channel has one and steps follow, or an option.
    """
    words = ask.words
    if words[:1] == (_UP,) and all(alias.name != _UP for alias in named):
        words = words[1:]
    if not words or (len(words) == 1 and words[0].lower() == _LIST):
        return ListPlans()
    found = _read_app(words, named, account)
    if not isinstance(found, tuple):
        return found
    app, rest = found
    if not rest:
        return ShowPlan(app)
    action = ACTIONS.get(_bare(rest[0]))
    if action is not None:
        return ChangePlan(app, action, " ".join(rest[1:]))
    if not begins_plan(rest[0]):
        near = slip(_bare(rest[0]), (*PlanAction, *OPTION_WORDS))
        return RefusedPlan(PlanRefusal.BAD_WORD, rest[0], near, app.word)
    typed = read_plan(rest, now)
    if isinstance(typed, RefusedPlan):
        return replace(typed, app=app.word)
    return StartPlan(app, typed)


def _read_app(
    words: Words, named: Sequence[Alias], account: str
) -> tuple[ResolvedTarget, Words] | UnknownAlias | Usage:
    found = split_apps(words, named, account, ends=_begins)
    if isinstance(found, AmbiguousName):
        return Usage(Misuse.WHICH_APP, RAMP, " ".join(found.aliases), found.rest)
    if found.unknown:
        return unknown_app(found.unknown, named)
    apps = tuple(found.apps)
    if is_all(words) or len({app.target for app in apps}) > 1:
        several = apps or named
        names = tuple(
            one.word if isinstance(one, ResolvedTarget) else one.name for one in several
        )
        return Usage(Misuse.NAME_EACH, RAMP, rest=names)
    if apps and found.rest and found.rest[0].lower() == _FLIGHT:
        return Usage(Misuse.UNKNOWN_FLIGHT, apps[0].target.app_id)
    if apps:
        return apps[0], found.rest
    if not _begins(words[0]):
        return unknown_app(words, named)
    targets = {alias.target for alias in named}
    if len(targets) == 1:
        return ResolvedTarget(named[0].target, named[0].name), words
    if not named:
        return Usage(Misuse.NO_APP, RAMP)
    known = " ".join(alias.name for alias in named)
    return Usage(Misuse.WHICH_APP, RAMP, known, words)


def _begins(word: str) -> bool:
    return _bare(word) in ACTIONS or begins_plan(word)


def _bare(word: str) -> str:
    return word.lower().strip(".,:;!")
