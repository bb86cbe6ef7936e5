"""Changes as a colleague makes them in Partner Center, past the API and the bot."""

from dataclasses import replace
from typing import Final

from bot.sandbox.store import drafts, transitions
from bot.sandbox.store.model import Catalogue, Submission, SubmissionSlot
from bot.sandbox.store.percentages import to_single_precision
from bot.sandbox.store.responses import RequestRejectedError
from bot.sandbox.store.switches import Switches

HALT: Final = "halt"
FINALIZE: Final = "finalize"
SET: Final = "set"
SUBMISSION: Final = "submission"
VERBS: Final = (HALT, FINALIZE, SET, SUBMISSION)

NOTHING_PUBLISHED: Final = "Nothing is published there."
NOT_OFFERED: Final = "Partner Center does not offer that now, as the Store stands."
UNKNOWN_VERB: Final = "Partner Center knows {known}, and no “{verb}”."


def change_rollout(
    submission: Submission, verb: str, percentage: float, switches: Switches
) -> None:
    """Halt or finalize a rollout, or set its percentage.

    Raises RequestRejectedError where the state forbids it.
    """
    if verb == HALT:
        transitions.halt(submission, switches)
    elif verb == FINALIZE:
        transitions.finalize(submission, switches)
    else:
        exact = to_single_precision(percentage)
        transitions.set_percentage(submission, exact, switches)


def change(
    catalogue: Catalogue,
    slot: SubmissionSlot,
    verb: str,
    percentage: float,
    switches: Switches,
) -> None:
    """Change a rollout, or begin a submission; raises ValueError with a sentence."""
    if verb not in VERBS:
        raise ValueError(UNKNOWN_VERB.format(known=", ".join(VERBS), verb=verb))
    try:
        if verb == SUBMISSION:
            # The switch is about the API: drafts of the seed wait behind rollouts, too.
            allowing = replace(switches, create_during_rollout="allowed")
            draft = drafts.create(catalogue, slot, allowing, first_allowed=True)
            draft.made_by_api = False
        elif slot.published is None:
            raise ValueError(NOTHING_PUBLISHED)
        else:
            change_rollout(slot.published, verb, percentage, switches)
    except RequestRejectedError as error:
        raise ValueError(NOT_OFFERED) from error
