"""The table of verbs: all their texts. A new verb needs one more entry here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.domain.percentages import FULL
from bot.domain.rollout import Change
from bot.domain.submissions import Snapshot
from bot.domain.verbs import Verb
from bot.slack.messages.translator import N_
from bot.slack.messages.verb_texts import SHIP_A_FIX, Dialog, Fact, VerbTexts


def texts_of(change: Change) -> VerbTexts:
    """Return the texts of the change's verb."""
    return VERB_TEXTS[change.verb]


def _is_full(change: Change, _snapshot: Snapshot) -> bool:
    return (change.percentage or 0) >= FULL


def _is_lower(change: Change, snapshot: Snapshot) -> bool:
    return (change.percentage or 0) < snapshot.rollout.percentage


def _with_draft(_change: Change, snapshot: Snapshot) -> bool:
    return snapshot.pending_id is not None


def _without_draft(_change: Change, snapshot: Snapshot) -> bool:
    return snapshot.pending_id is None


def _of_app(_change: Change, snapshot: Snapshot) -> bool:
    return snapshot.ref.target.flight_id is None


def _of_flight(_change: Change, snapshot: Snapshot) -> bool:
    return snapshot.ref.target.flight_id is not None


def _app_versions(change: Change, snapshot: Snapshot) -> bool:
    return _of_app(change, snapshot) and bool(snapshot.versions)


def _app_without_versions(change: Change, snapshot: Snapshot) -> bool:
    return _of_app(change, snapshot) and not snapshot.versions


def _flight_versions(change: Change, snapshot: Snapshot) -> bool:
    return _of_flight(change, snapshot) and bool(snapshot.versions)


def _flight_without_versions(change: Change, snapshot: Snapshot) -> bool:
    return _of_flight(change, snapshot) and not snapshot.versions


_HALT: Final = VerbTexts(
    button=N_("Halt rollout"),
    state=N_("halted"),
    guide=N_("{command} – stop the rollout, for good"),
    example_reason=N_("crash on start"),
    question=N_("Halt rollout? {app}"),
    asks=N_(
        "{who} asks: Halt rollout, {app}. Now: {state}. Confirm or cancel until "
        "{until}."
    ),
    doing=N_("Halting… {app}"),
    cancelled=N_("Cancelled: Halt rollout, {app}"),
    expired=N_("Expired: Halt rollout, {app}"),
    closed=N_("Closed: Halt rollout, {app}"),
    done=N_("Halted: {app}"),
    already=N_("Nothing to do, already halted: {app}"),
    moved=N_("NOT halted, it has changed: {app}"),
    failed=N_("NOT halted: {app}"),
    unknown=N_("Not known whether halted: {app}"),
    still_unknown=N_("Still not known whether halted: {app}"),
    impossible=N_("Halt rollout of {app}: this cannot be done."),
    press=N_("*Halt {app}* · {now}"),
    not_yet=(
        Fact(N_("*NOT halted yet*: customers still get {versions}."), _app_versions),
        Fact(
            N_("*NOT halted yet*: customers still get the new packages."),
            _app_without_versions,
        ),
        Fact(
            N_("*NOT halted yet*: the flight's members still get {versions}."),
            _flight_versions,
        ),
        Fact(
            N_("*NOT halted yet*: the flight's members still get the new packages."),
            _flight_without_versions,
        ),
    ),
    perhaps=N_("It *may or may not* be halted."),
    urgent=N_("Urgent? Halt the rollout in {link}."),
    warnings=(
        Fact(N_("A halt *cannot be undone*.")),
        Fact(
            N_(
                "Customers who already have these packages keep them; nobody else "
                "gets them."
            )
        ),
        Fact(
            N_(
                "The next submission will be a clone of the *halted* one, with its "
                "packages in it."
            )
        ),
    ),
    after=(
        Fact(
            N_(
                "Customers who already have the new packages keep them; all others "
                "get those of the submission before."
            )
        ),
        Fact(SHIP_A_FIX),
    ),
)

_FINALIZE: Final = VerbTexts(
    button=N_("Finalize rollout"),
    approve=N_("Approve and finalize"),
    state=N_("finalized"),
    guide=N_("{command} – give it to all, for good"),
    question=N_("Finalize rollout? {app}"),
    asks=N_(
        "{who} asks: Finalize rollout, {app}. Now: {state}. Confirm or cancel until "
        "{until}."
    ),
    doing=N_("Finalizing… {app}"),
    cancelled=N_("Cancelled: Finalize rollout, {app}"),
    expired=N_("Expired: Finalize rollout, {app}"),
    closed=N_("Closed: Finalize rollout, {app}"),
    done=N_("Finalized: {app}"),
    already=N_("Nothing to do, already finalized: {app}"),
    moved=N_("NOT finalized, it has changed: {app}"),
    failed=N_("NOT finalized: {app}"),
    unknown=N_("Not known whether finalized: {app}"),
    still_unknown=N_("Still not known whether finalized: {app}"),
    impossible=N_("Finalize rollout of {app}: this cannot be done."),
    press=N_("*Finalize {app}* · {now}"),
    not_yet=(Fact(N_("*NOT finalized yet*: older packages are still offered.")),),
    perhaps=N_("It *may or may not* be finalized."),
    urgent=N_("Urgent? Finalize it in {link}."),
    warnings=(
        Fact(
            N_(
                "A finalize *cannot be undone*, and there is nothing left to halt "
                "after it."
            )
        ),
        Fact(
            N_(
                "All customers get these packages; the older packages are no longer "
                "offered."
            ),
            _of_app,
        ),
        Fact(
            N_(
                "All of the flight's members get these packages, and nobody else; the "
                "flight's older packages are no longer offered."
            ),
            _of_flight,
        ),
    ),
    after=(
        Fact(
            N_(
                "All customers get these packages now, and the next submission can "
                "be made."
            ),
            _of_app,
        ),
        Fact(
            N_(
                "All of the flight's members get these packages now, and the flight's "
                "next submission can be made."
            ),
            _of_flight,
        ),
    ),
    dialog=Dialog(
        title=N_("Finalize {app}?"),
        text=N_(
            "{now}. All customers get these packages; older packages are no longer "
            "offered. This cannot be undone."
        ),
        flight_text=N_(
            "{now}. All of the flight's members get these packages; older packages are "
            "no longer offered. This cannot be undone."
        ),
        confirm=N_("Finalize rollout"),
        deny=N_("Not yet"),
    ),
)

_SET: Final = VerbTexts(
    button=N_("Set to {percentage}"),
    approve=N_("Approve and set to {percentage}"),
    state=N_("in progress at {percentage}"),
    guide=N_("{command} – give it to {percentage} of the customers"),
    example=("40%",),
    danger=False,
    question=N_("Set to {percentage}? {app}"),
    asks=N_(
        "{who} asks: Set to {percentage}, {app}. Now: {state}. Confirm or cancel "
        "until {until}."
    ),
    doing=N_("Setting to {percentage}… {app}"),
    cancelled=N_("Cancelled: Set to {percentage}, {app}"),
    expired=N_("Expired: Set to {percentage}, {app}"),
    closed=N_("Closed: Set to {percentage}, {app}"),
    done=N_("Set to {percentage}: {app}"),
    already=N_("Nothing to do, already in progress at {percentage}: {app}"),
    moved=N_("NOT set to {percentage}, it has changed: {app}"),
    failed=N_("NOT set to {percentage}: {app}"),
    unknown=N_("Not known whether set to {percentage}: {app}"),
    still_unknown=N_("Still not known whether set to {percentage}: {app}"),
    impossible=N_("Set to {percentage}, {app}: this cannot be done."),
    press=N_("*Set {app} to {percentage}* · {now}"),
    not_yet=(Fact(N_("*NOT set to {percentage} yet*.")),),
    perhaps=N_("It *may or may not* be set to {percentage}."),
    urgent=N_("Urgent? Set it in {link}."),
    warnings=(
        Fact(
            N_(
                "Lowering the percentage takes no packages back from customers who "
                "have them."
            ),
            _is_lower,
        ),
        Fact(
            N_(
                "{percentage} is *not finalized*: customers whose Windows knows no "
                "gradual rollout stay on the older packages until it is."
            ),
            _is_full,
        ),
        Fact(
            N_("The next submission cannot be published until you finalize or halt."),
            _without_draft,
        ),
        Fact(
            N_("The draft *cannot be published* until you finalize or halt."),
            _with_draft,
        ),
    ),
    after=(
        Fact(N_("{percentage} is *not finalized*."), _is_full),
        Fact(
            N_(
                "The next submission cannot be published until you finalize or halt. "
                "When you are sure: {finalize}."
            ),
            _without_draft,
        ),
        Fact(
            N_(
                "The draft cannot be published until you finalize or halt. When you "
                "are sure: {finalize}."
            ),
            _with_draft,
        ),
    ),
)

VERB_TEXTS: Final[Mapping[Verb, VerbTexts]] = MappingProxyType(
    {Verb.HALT: _HALT, Verb.SET: _SET, Verb.FINALIZE: _FINALIZE}
)
