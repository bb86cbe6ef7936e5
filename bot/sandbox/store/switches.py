"""Switches for each behaviour of the Store that could not be verified."""

from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args, get_type_hints

UNKNOWN_SWITCH = "There is no switch named {name!r}. The switches are: {names}."
UNKNOWN_CHOICE = "The switch {name!r} takes one of: {choices}."


def _switch(default: str, about: str) -> Any:  # noqa: ANN401  # As dataclasses.field.
    return field(default=default, metadata={"about": about})


@dataclass
class Switches:
    """One attribute per unverified behaviour; each default is the likeliest."""

    rollout_conflict_body: Literal["envelope", "empty", "text"] = _switch(
        "envelope", "What a 409 of set, halt, finalize or read carries as its body."
    )
    create_during_rollout: Literal["409", "allowed"] = _switch(
        "409", "Whether a new submission can be created while a rollout is open."
    )
    foreign_draft_status: Literal["409", "400", "403"] = _switch(
        "409", "The status when the API is asked to delete a Partner Center draft."
    )
    bad_percentage: Literal["400", "409", "500"] = _switch(
        "400", "The status for a missing, unreadable or out-of-range percentage."
    )
    lower_percentage: Literal["allowed", "400", "409"] = _switch(
        "allowed", "Whether a rollout's percentage can be lowered."
    )
    fallback_before_publication: Literal["zero", "null", "published"] = _switch(
        "zero", "What fallbackSubmissionId is before a submission is published."
    )
    rollout_without_fallback: Literal["in_progress", "ignored"] = _switch(
        "in_progress", "What a rollout does on the first submission of all."
    )
    clone_keeps_rollout: Literal["dropped", "kept"] = _switch(
        "dropped", "Whether a new submission keeps the rollout of the one it clones."
    )
    unknown_app: Literal["404", "403"] = _switch(
        "404", "The status for a Store ID that is not the seller's."
    )
    empty_list: Literal["404", "200"] = _switch(
        "404", "The status of a list of apps or flights without an entry."
    )
    expired_token_body: Literal["empty", "json"] = _switch(
        "empty", "What the 401 for an unknown or expired token carries as its body."
    )
    repeat_operation: Literal["409", "200"] = _switch(
        "409", "The status of a halt after a halt, or a finalize after a finalize."
    )
    post_without_content_type: Literal["accepted", "refused"] = _switch(
        "accepted",
        "What becomes of a POST without a body and without a Content-Type header.",
    )
    retry_after: Literal["present", "absent"] = _switch(
        "present", "Whether the rate limit's 429 carries a Retry-After header."
    )
    rate_limit: Literal["off", "20", "60"] = _switch(
        "off", "How many calls a minute the Store takes before it answers 429."
    )
    gateway_correlation_id: Literal["present", "absent"] = _switch(
        "present", "Whether the gateway's 429 and 504 carry an MS-CorrelationId."
    )
    seek_enabled: Literal["absent", "top_level"] = _switch(
        "absent", "Whether an app submission has isSeekEnabled, and where."
    )
    foreign_submission: Literal["409", "404"] = _switch(
        "409", "The status for a submission that belongs to another app or flight."
    )
    wrong_secret_status: Literal["401", "400"] = _switch(
        "401", "The status of the token answer for a wrong client secret."
    )
    missing_reference: Literal["absent", "null"] = _switch(
        "absent",
        "The reference of an app to a published or pending submission that it lacks.",
    )

    def set(self, name: str, value: object) -> None:
        """Set one switch; raises ValueError for an unknown name or choice."""
        choices = CHOICES.get(name)
        if choices is None:
            names = ", ".join(CHOICES)
            raise ValueError(UNKNOWN_SWITCH.format(name=name, names=names))
        if value not in choices:
            listed = ", ".join(choices)
            raise ValueError(UNKNOWN_CHOICE.format(name=name, choices=listed))
        setattr(self, name, value)


CHOICES: dict[str, tuple[str, ...]] = {
    name: get_args(hint) for name, hint in get_type_hints(Switches).items()
}
DESCRIPTIONS: dict[str, str] = {f.name: f.metadata["about"] for f in fields(Switches)}
