"""The form of the table of verbs: every text that differs from verb to verb."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.domain.rollout import Change
from bot.domain.submissions import Snapshot
from bot.slack.messages.translator import N_, Translator


def _always(_change: Change, _snapshot: Snapshot) -> bool:
    return True


SHIP_A_FIX: Final = N_(
    "To ship a fix, submit packages with a *higher version number*. The next "
    "submission is a clone of the halted one: replace its packages."
)
"""The way out of a halted rollout, for everybody who meets one."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence, and where it applies: of which change, to what."""

    text: str
    applies: Callable[[Change, Snapshot], bool] = _always


@dataclass(frozen=True, slots=True)
class Dialog:
    """Slack's own dialog, which asks once more after the press of the button."""

    title: str
    text: str
    flight_text: str
    confirm: str
    deny: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardTexts:
    """The texts of a card, by what it asks for: a verb, or a ramp.

    All may hold `{percentage}`; headlines also `{app}`, `asks` also `{who}`, `{app}`,
    `{state}` and `{until}`, `press` and a dialog `{app}` and `{now}`. A headline begins
    a notification too, where the details follow it.
    """

    button: str
    """The label of the button, and the name of the change in lists."""
    question: str
    asks: str
    doing: str
    cancelled: str
    expired: str
    closed: str
    """For a card that says neither that it was carried out nor that it was not."""
    unknown: str
    press: str
    """The line next to the button: on a phone the headline is scrolled away."""
    danger: bool = True
    """Whether the button is red."""
    approve: str = ""
    """The label of the button for another person than the asker; a halt needs none."""
    label: str = ""
    """The label of the button, where that is not the name of the change in lists."""
    dialog: Dialog | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbTexts(CardTexts):
    """The texts of one verb.

    `guide` may hold `{command}`, `after` `{finalize}`, `not_yet` `{versions}`, and
    `urgent` `{link}`.
    """

    state: str
    """The state that the change leads to."""
    guide: str
    """What the help says of the command."""

    done: str
    already: str
    moved: str
    failed: str
    still_unknown: str

    impossible: str
    """Why there is no card; the reason follows."""
    not_yet: tuple[Fact, ...]
    """What holds while the change is tried again."""
    perhaps: str
    """What holds where the change may be made already."""
    urgent: str
    """What to do where that cannot wait."""
    warnings: tuple[Fact, ...]
    """What people get wrong, on the card."""
    after: tuple[Fact, ...]
    """What to do once the change is made."""
    example: tuple[str, ...] = ()
    """What the help's example has behind the app."""
    example_reason: str = ""


def verb_text(t: Translator, text: str, change: Change, **values: str) -> str:
    """Render one text of the table for a change."""
    return t.gettext(text, percentage=t.percent(change.percentage or 0), **values)


def facts(
    t: Translator,
    table: tuple[Fact, ...],
    change: Change,
    snapshot: Snapshot,
    **values: str,
) -> tuple[str, ...]:
    """Render the facts that apply to a change of what the snapshot shows."""
    return tuple(
        verb_text(t, fact.text, change, **values)
        for fact in table
        if fact.applies(change, snapshot)
    )
