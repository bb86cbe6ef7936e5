"""The table of verbs: what each does to a rollout, and how carefully.

The grammar, the transitions, the Store's paths and the messages are derived from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Verb(StrEnum):
    """What a release engineer can do to a rollout."""

    HALT = "halt"
    FINALIZE = "finalize"
    SET = "set"


class Phase(StrEnum):
    """The states of a rollout, told apart by what the Store answered."""

    DISABLED = "disabled"
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    STOPPED = "stopped"
    COMPLETE = "complete"
    UNRECOGNISED = "unrecognised"


@dataclass(frozen=True, slots=True)
class VerbRule:
    """What is true of one verb.

    `wanted` is the phase of a rollout in which the change has been made.
    `takes_percentage`: the change names a percentage. `reads_first`: the rollout is
    read again before the first request; a halt is not, so that it is one request.
    `irreversible`: the Store has no way back. `asks_twice`: Slack's own dialog asks
    again after the press; a halt must not be slowed down by one. `synonyms` are words
    that plainly mean the verb.
    """

    wanted: Phase
    takes_percentage: bool = False
    reads_first: bool = True
    irreversible: bool = False
    asks_twice: bool = False
    synonyms: tuple[str, ...] = ()


VERBS: Final[Mapping[Verb, VerbRule]] = MappingProxyType(
    {
        Verb.HALT: VerbRule(
            Phase.STOPPED,
            reads_first=False,
            irreversible=True,
            synonyms=("stop", "abort", "kill"),
        ),
        Verb.FINALIZE: VerbRule(
            Phase.COMPLETE,
            irreversible=True,
            asks_twice=True,
            synonyms=("finalise",),
        ),
        # Setting 100 % leaves the rollout in progress: it is not a finalize.
        Verb.SET: VerbRule(Phase.IN_PROGRESS, takes_percentage=True),
    }
)
