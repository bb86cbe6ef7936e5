"""Seed data: six apps, with rollouts in every state."""

from bot.sandbox.store.model import (
    DRAFT,
    PUBLISHED,
    App,
    Catalogue,
    Flight,
    Rollout,
    RolloutStatus,
    Submission,
    SubmissionSlot,
)

MAIL = "9NMAIL000001"
PHOTOS = "9NPHOTO00002"
NOTES = "9NNOTES00003"
MAPS = "9NMAPS000004"
WEATHER = "9NWEATHER005"
CHESS = "9NCHESS00006"
MAIL_INSIDERS = "7bfc11d5-f710-47c5-8a98-000000000101"
MAIL_DOGFOOD = "7bfc11d5-f710-47c5-8a98-000000000102"
CHESS_BETA = "7bfc11d5-f710-47c5-8a98-000000000601"

# Real ids are this long: larger than 2**53, so that no client may read them as a float.
FIRST_ID = 1152921505690000000


def seed() -> Catalogue:
    """Return a fresh catalogue; ids are the same every time."""
    return Catalogue(
        [_mail(), _photos(), _notes(), _maps(), _weather(), _chess()],
        FIRST_ID + 900_000,
    )


def _mail() -> App:
    app = App(MAIL, "Contoso Mail")
    app.slot = SubmissionSlot(
        _published(102, 12, ["4.12.0.0"], _in_progress(10.0, 101)),
        _draft(103, 13, ["4.13.0.0"]),
        [_published(101, 11, ["4.11.2.0"], Rollout())],
    )
    insiders = SubmissionSlot(
        _published(112, 6, ["4.13.0.0"], _in_progress(50.0, 111)),
        _draft(113, 7, ["4.13.1.0"], made_by_api=False),
        [_published(111, 5, ["4.12.1.0"], Rollout())],
    )
    dogfood = SubmissionSlot(
        _published(122, 30, ["5.0.7.0"], _ended(RolloutStatus.COMPLETE, 121)),
        None,
        [_published(121, 29, ["5.0.6.0"], Rollout())],
    )
    app.flights = [
        Flight(MAIL_INSIDERS, "Insiders", insiders),
        Flight(MAIL_DOGFOOD, "Dogfood", dogfood),
    ]
    return app


def _photos() -> App:
    older = _published(201, 8, ["2.7.0.0"], Rollout())
    rollout = _in_progress(25.0, 201)
    published = _published(202, 9, ["2.8.0.0", "2.8.0.1"], rollout)
    return App(PHOTOS, "Contoso Photos", SubmissionSlot(published, None, [older]))


def _notes() -> App:
    older = _published(301, 3, ["1.3.0.0"], Rollout())
    published = _published(302, 4, ["1.4.0.0"], _ended(RolloutStatus.STOPPED, 301))
    return App(NOTES, "Contoso Notes", SubmissionSlot(published, None, [older]))


def _maps() -> App:
    older = _published(401, 20, ["7.0.0.0"], Rollout())
    published = _published(402, 21, ["7.1.0.0"], _ended(RolloutStatus.COMPLETE, 401))
    return App(MAPS, "Contoso Maps", SubmissionSlot(published, None, [older]))


def _weather() -> App:
    published = _published(501, 2, ["3.0.1.0"], Rollout())
    return App(WEATHER, "Contoso Weather", SubmissionSlot(published))


def _chess() -> App:
    draft = _draft(601, 1, ["1.0.0.0"], Rollout(enabled=True, percentage=20.0))
    beta = SubmissionSlot(_published(611, 1, ["0.9.0.0"], Rollout()))
    flights = [Flight(CHESS_BETA, "Beta", beta)]
    return App(CHESS, "Contoso Chess", SubmissionSlot(None, draft), flights)


def _published(
    offset: int, number: int, versions: list[str], rollout: Rollout
) -> Submission:
    return Submission(str(FIRST_ID + offset), number, PUBLISHED, versions, rollout)


def _draft(
    offset: int,
    number: int,
    versions: list[str],
    rollout: Rollout | None = None,
    *,
    made_by_api: bool = True,
) -> Submission:
    identity = str(FIRST_ID + offset)
    rollout = rollout or Rollout()
    return Submission(identity, number, DRAFT, versions, rollout, made_by_api)


def _in_progress(percentage: float, fallback: int) -> Rollout:
    status = RolloutStatus.IN_PROGRESS
    return Rollout(True, percentage, status, str(FIRST_ID + fallback))


def _ended(status: RolloutStatus, fallback: int) -> Rollout:
    percentage = 100.0 if status is RolloutStatus.COMPLETE else 0.0
    return Rollout(True, percentage, status, str(FIRST_ID + fallback))
