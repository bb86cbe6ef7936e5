"""Rollouts can be changed past the bot, as a colleague does in Partner Center."""

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.sandbox.store import LocalStore
from bot.sandbox.store.seed import CHESS, MAIL, MAIL_INSIDERS, NOTES, PHOTOS

Change = Callable[..., Awaitable[str]]


@pytest.fixture
def store() -> LocalStore:
    return LocalStore()


@pytest.fixture
async def change(store: LocalStore) -> Change:
    """Make a change over the control API; returns the error, "" for none."""

    async def send(app: str, **asked: object) -> str:
        application = web.Application()
        application.add_routes(store.routes())
        async with TestClient(TestServer(application)) as client:
            path, body = "/sandbox/store/partner-center", {"app": app, **asked}
            answer = await client.post(path, json=body)
            return str((await answer.json()).get("error", ""))

    return send


async def test_each_change_is_what_the_api_then_shows(
    store: LocalStore, change: Change
) -> None:
    photos, mail = store.slot(PHOTOS).published, store.slot(MAIL).published
    flight = store.slot(MAIL, MAIL_INSIDERS).published
    assert photos is not None
    assert mail is not None
    assert flight is not None

    assert await change(PHOTOS, verb="set", percentage=62.5) == ""
    assert photos.rollout.percentage == 62.5
    assert await change(PHOTOS, verb="halt") == ""
    assert photos.rollout.status.value == "PackageRolloutStopped"
    assert await change(MAIL, verb="finalize") == ""
    assert mail.rollout.status.value == "PackageRolloutComplete"
    assert await change(MAIL, verb="halt", flight=MAIL_INSIDERS) == ""
    assert flight.rollout.status.value == "PackageRolloutStopped"
    assert store.effects() == []


async def test_a_new_submission_waits_beside_the_open_rollout(
    store: LocalStore, change: Change
) -> None:
    before = store.slot(PHOTOS).published
    assert await change(PHOTOS, verb="submission") == ""
    slot = store.slot(PHOTOS)

    assert slot.published is before
    assert slot.pending is not None
    assert slot.pending.made_by_api is False


@pytest.mark.parametrize(
    ("app", "asked", "error"),
    [
        (NOTES, {"verb": "halt"}, "does not offer that now"),
        (NOTES, {"verb": "set", "percentage": 10}, "does not offer that now"),
        (MAIL, {"verb": "submission"}, "does not offer that now"),
        (CHESS, {"verb": "halt"}, "Nothing is published"),
        (PHOTOS, {"verb": "set", "percentage": 0}, "above 0 and up to 100"),
        (PHOTOS, {"verb": "set", "percentage": 100.5}, "above 0 and up to 100"),
        (PHOTOS, {"verb": "set", "percentage": "many"}, "must be a number"),
        (PHOTOS, {"verb": "pause"}, "no “pause”"),
        ("9NOTHING", {"verb": "halt"}, "There is no app 9NOTHING"),
        (PHOTOS, {"verb": "halt", "flight": "none"}, "has no flight none"),
    ],
)
async def test_what_partner_center_does_not_offer_is_refused_with_a_sentence(
    store: LocalStore,
    change: Change,
    app: str,
    asked: dict[str, object],
    error: str,
) -> None:
    before = store.catalogue.to_json()

    assert error in await change(app, **asked)
    assert store.catalogue.to_json() == before
