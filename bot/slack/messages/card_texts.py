"""The texts of a card: those of its verb, or those of a ramp."""

from dataclasses import replace
from typing import Final

from bot.domain.requests import Request
from bot.domain.rollout import Change
from bot.domain.verbs import Verb
from bot.slack.messages.translator import N_, Translator
from bot.slack.messages.verb_texts import CardTexts, Dialog, verb_text
from bot.slack.messages.verbs import texts_of

# Why there is no card of a ramp; the reason follows.
RAMP_IMPOSSIBLE: Final = N_("Ramp to {percentage}, {app}: this cannot be done.")

_RAMP: Final = CardTexts(
    button=N_("Ramp to {percentage}"),
    label=N_("Start ramp"),
    approve=N_("Approve and start ramp"),
    danger=False,
    question=N_("Ramp to {percentage}? {app}"),
    asks=N_(
        "{who} asks: Ramp to {percentage}, {app}. Now: {state}. Start it or cancel "
        "until {until}."
    ),
    doing=N_("Ramp to {percentage} started: {app}"),
    cancelled=N_("Cancelled: Ramp to {percentage}, {app}"),
    expired=N_("Expired: Ramp to {percentage}, {app}"),
    closed=N_("Closed: Ramp to {percentage}, {app}"),
    unknown=N_("Not known what became of it: Ramp to {percentage}, {app}"),
    press=N_("*Ramp {app} to {percentage}* · {now}"),
)
_RAMP_TO_THE_END: Final = replace(
    _RAMP,
    button=N_("Ramp to {percentage}, then finalize"),
    danger=True,
    question=N_("Ramp to {percentage}, then finalize? {app}"),
    asks=N_(
        "{who} asks: Ramp to {percentage}, then finalize, {app}. Now: {state}. Start "
        "it or cancel until {until}."
    ),
    doing=N_("Ramp to {percentage}, then finalize, started: {app}"),
    cancelled=N_("Cancelled: Ramp to {percentage}, then finalize, {app}"),
    expired=N_("Expired: Ramp to {percentage}, then finalize, {app}"),
    closed=N_("Closed: Ramp to {percentage}, then finalize, {app}"),
    unknown=N_(
        "Not known what became of it: Ramp to {percentage}, then finalize, {app}"
    ),
    press=N_("*Ramp {app} to {percentage}, then finalize* · {now}"),
    dialog=Dialog(
        title=N_("Ramp and finalize {app}?"),
        text=N_(
            "{now}. Nobody is asked again, and this cannot be undone: in the end all "
            "customers get these packages, and no older ones."
        ),
        flight_text=N_(
            "{now}. Nobody is asked again, and this cannot be undone: in the end all "
            "of the flight's members get these packages, and no older ones."
        ),
        confirm=N_("Start ramp"),
        deny=N_("Not yet"),
    ),
)


def card_texts(request: Request) -> CardTexts:
    """Return the texts of what a request asks for."""
    if request.terms is None:
        return texts_of(request.change)
    return _RAMP_TO_THE_END if request.terms.finalizes else _RAMP


def goal(request: Request) -> Change:
    """Return the change that a request asks for; of a ramp, its last percentage."""
    if request.terms is None:
        return request.change
    return Change(Verb.SET, request.terms.steps[-1])


def last_change(request: Request) -> Change:
    """Return the change that a request comes to in the end."""
    return request.change if request.terms is None else request.terms.changes[-1]


def card_text(t: Translator, text: str, request: Request, **values: str) -> str:
    """Render one text of a card."""
    return verb_text(t, text, goal(request), **values)


def asked_for(t: Translator, request: Request) -> str:
    """Name what is asked for: `Halt rollout`, `Set to 40 %`, `Ramp to 100 %`."""
    return card_text(t, card_texts(request).button, request)


def button_name(t: Translator, request: Request) -> str:
    """Return the label of the button that confirms a request."""
    texts = card_texts(request)
    return card_text(t, texts.label or texts.button, request)
