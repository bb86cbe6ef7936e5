"""The tables of deliveries and bookings: what Slack sent, what the Store was asked."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models import Base


class DeliveryRow(Base):
    """A Slack event that has been taken."""

    __tablename__ = "deliveries"

    workspace: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)


class BookingRow(Base):
    """How many requests of a priority went to the Store in one period."""

    __tablename__ = "bookings"

    account: Mapped[str] = mapped_column(primary_key=True)
    began_at: Mapped[datetime] = mapped_column(primary_key=True)
    priority: Mapped[str] = mapped_column(primary_key=True)
    requests: Mapped[int]
