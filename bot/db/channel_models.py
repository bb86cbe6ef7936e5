"""The tables of channels: their names for targets, and their languages."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models import Base


class AliasRow(Base):
    """A channel's name for an app or a flight."""

    __tablename__ = "aliases"

    workspace: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str]
    app_id: Mapped[str]
    flight_id: Mapped[str]
    app_name: Mapped[str]
    flight_name: Mapped[str | None]
    added_by: Mapped[str]
    added_at: Mapped[datetime]
    # From 1: no two take the last place. Version 0.2.0 writes none.
    number: Mapped[int | None]

    __table_args__ = (
        Index("uq_aliases_number", "workspace", "channel", "number", unique=True),
        Index("ix_aliases_name", "workspace", "name", "channel"),
    )


class ChannelLanguageRow(Base):
    """The language of a channel's messages; NULL where one was offered and not set."""

    __tablename__ = "channel_languages"

    workspace: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str | None]
