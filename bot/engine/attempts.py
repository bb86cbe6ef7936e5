"""The typed results of steps, and the JSON form in which dbos stores them."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.domain.failures import FailureDetail
from bot.domain.results import Result, result_from_json, result_to_json
from bot.domain.rollout import Rollout
from bot.service.attempt import Inconclusive

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """A step found the result; `launch_id` is the launch in which it did."""

    result: Result
    launch_id: str

    def to_json(self) -> Json:
        """Return this as JSON values."""
        return {"result": result_to_json(self.result), "launch_id": self.launch_id}


@dataclass(frozen=True, slots=True)
class Pending:
    """A step left the outcome inconclusive."""

    attempt: Inconclusive

    def to_json(self) -> Json:
        """Return this as JSON values.

        What a version before this one does not know stands beside what it reads.
        """
        attempt = self.attempt
        detail = attempt.detail.to_json()
        data = {"inconclusive": {**asdict(attempt), "detail": detail}}
        seen = {name: data["inconclusive"].pop(name) for name in ("seen", "seen_at")}
        if attempt.seen is not None and attempt.seen_at is not None:
            data["seen"] = {**seen, "seen_at": attempt.seen_at.isoformat()}
        return data

    @classmethod
    def from_json(cls, data: Json) -> "Pending":
        """Return what `to_json` wrote."""
        fields = dict(data["inconclusive"])
        fields["detail"] = FailureDetail.from_json(fields["detail"])
        if shown := data.get("seen"):
            fields["seen"] = Rollout(**shown["seen"])
            fields["seen_at"] = datetime.fromisoformat(shown["seen_at"])
        return cls(Inconclusive(**fields))


StepOutcome = Ended | Pending


def step_outcome(found: Result | Inconclusive, launch_id: str) -> StepOutcome:
    """Return what a step has found."""
    if isinstance(found, Inconclusive):
        return Pending(found)
    return Ended(found, launch_id)


def read_step_outcome(data: Json) -> StepOutcome:
    """Return what `to_json` wrote."""
    if "inconclusive" in data:
        return Pending.from_json(data)
    return Ended(result_from_json(data["result"]), data["launch_id"])
