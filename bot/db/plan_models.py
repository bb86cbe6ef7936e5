"""The table of ramps that were started."""

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models import Base

IS_LIVE: Final = text("state <> 'ended'")
IS_OVER: Final = text("state = 'ended' AND due_at IS NULL")
IS_TO_COME: Final = text("due_at IS NOT NULL")


class PlanRow(Base):
    """A ramp of one submission: what was agreed, and where it stands.

    It has the id of its request. `version` grows with every change: whoever changes it
    names the version that they have read.
    """

    __tablename__ = "plans"

    id: Mapped[str] = mapped_column(primary_key=True)
    workspace: Mapped[str]
    channel: Mapped[str]
    thread: Mapped[str | None]
    alias: Mapped[str | None]
    account: Mapped[str]
    app_id: Mapped[str]
    flight_id: Mapped[str]
    submission_id: Mapped[str]
    app_name: Mapped[str]
    flight_name: Mapped[str | None]

    # Steps, gap, window and end, as JSON.
    terms: Mapped[str]
    start_reason: Mapped[str]
    started_by: Mapped[str]
    started_at: Mapped[datetime]
    started_from: Mapped[float]

    state: Mapped[str]
    reason: Mapped[str | None]
    changed_by: Mapped[str | None]
    changed_at: Mapped[datetime]
    # How many steps are behind it, and the percentage that the last of them left.
    step: Mapped[int] = mapped_column(Integer())
    percentage: Mapped[float]
    tries: Mapped[int] = mapped_column(Integer())
    # The one that is under way, or in doubt.
    operation_id: Mapped[str | None]
    gap_over_at: Mapped[datetime]
    # When something is to be done; also of what has ended and was not told yet.
    due_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(BigInteger())

    __table_args__ = (
        Index(
            "uq_plans_live",
            "account",
            "app_id",
            "flight_id",
            unique=True,
            sqlite_where=IS_LIVE,
            postgresql_where=IS_LIVE,
        ),
        Index(
            "ix_plans_due",
            "due_at",
            sqlite_where=IS_TO_COME,
            postgresql_where=IS_TO_COME,
        ),
        Index(
            "ix_plans_over",
            "changed_at",
            sqlite_where=IS_OVER,
            postgresql_where=IS_OVER,
        ),
    )
