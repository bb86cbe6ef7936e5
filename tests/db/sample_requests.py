"""A request like those that people make, for the tests of this room."""

from datetime import UTC, datetime, timedelta

from bot.db.repositories import Repositories
from bot.domain.requests import Place, Request
from bot.domain.failures import FailureDetail
from bot.domain.results import Done, Unknown
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=15)
PLACE = Place("T1", "C1", "1700000000.000100")
ROLLOUT = Rollout(True, 25.5, "PackageRolloutInProgress", "115292150")
STOPPED = Rollout(True, 25.5, "PackageRolloutStopped", "115292150")
TROUBLE = FailureDetail("unavailable", "The Store did not answer.")
UNKNOWN = Unknown(None, TROUBLE, "corr-1")
DONE = Done(ROLLOUT, STOPPED, "corr-2")


def request(number: int = 1, target: Target | None = None) -> Request:
    return Request(
        id=f"r{number}",
        place=PLACE,
        change=Change(Verb.HALT),
        snapshot=Snapshot(
            ref=SubmissionRef(target or Target("9NBLGGH4R315"), "1152921505694"),
            app_name="Mail",
            flight_name=None,
            rollout=ROLLOUT,
            status="Published",
            versions=("1.2.3.0", "1.2.4.0"),
            pending_id="1152921505695",
        ),
        asked_by="U1",
        reason="crash on start",
        asked_at=NOON + timedelta(seconds=number),
        expires_at=LATER,
        alias="mail",
    )


async def confirmed(repositories: Repositories) -> Request:
    await repositories.add_request(request())
    claimed = await repositories.confirm_request("r1", "U2", "1700.1", NOON)
    assert claimed is not None
    return claimed
