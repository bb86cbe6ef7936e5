"""What a status says: versions, since when, and what the others get."""

import re

import pytest

from bot.sandbox.store.seed import MAIL, MAPS, NOTES, PHOTOS, WEATHER
from tests.dialogues.conversation import UNLIMITED, Conversation
from tests.slack_users import ANN, BEN, texts

pytestmark = pytest.mark.asyncio(loop_scope="module")

DATE = re.compile(r"<!date[^>]*>")
APPS = {"mail": MAIL, "photos": PHOTOS, "notes": NOTES, "maps": MAPS, "sky": WEATHER}
# The most that stands on one line of a phone.
PHONE = 40


@pytest.fixture(scope="module")
def store_limit() -> str:
    return UNLIMITED


async def status(chat: Conversation, text: str = "status") -> str:
    """Ask for a status, and return its blocks' words."""
    await chat.say(ANN, f"/rollout {text}")
    seen = [m for m in chat.seen(ANN) if m["ephemeral"]]
    return texts(seen[-1]).replace("\u00a0", " ")


async def name_all(chat: Conversation) -> None:
    """Name five apps in the channel."""
    for alias, app_id in APPS.items():
        await chat.say(ANN, f"/rollout alias add {alias} {app_id}")


async def test_a_status_of_many_apps_has_versions_and_no_ids(
    chat: Conversation,
) -> None:
    await name_all(chat)
    # Versions are read a few at a time, from what is left over, and then kept.
    for _ in range(5):
        chat.clock.forward(1)
        shown = await status(chat)

    assert "4.12.0.0 · others get 4.11.2.0" in shown
    assert "2.8.0.0, 2.8.0.1 · others get 2.7.0.0" in shown
    assert "1.4.0.0 · others get 1.3.0.0" in shown
    assert "7.1.0.0" in shown
    assert "115292150569" not in shown
    for line in DATE.sub("Today at 10:31", shown).splitlines():
        assert len(line) <= PHONE, line


async def test_a_status_says_when_it_was_changed_here(chat: Conversation) -> None:
    await name_all(chat)
    await chat.say(ANN, "/rollout set mail 40")
    await chat.press(BEN, "Set to 40 %")

    shown = await status(chat)

    assert "in progress at 40 %" in shown
    finished = (await chat.ending()).operation
    assert finished is not None
    assert finished.finished_at is not None
    at = int(finished.finished_at.timestamp())
    assert f"changed here <!date^{at}^" in shown


async def test_a_status_says_since_when_it_was_seen_so(chat: Conversation) -> None:
    await name_all(chat)
    await status(chat)
    seen_at = chat.clock()
    chat.clock.forward(10)

    shown = await status(chat, "status photos")

    since = shown.partition("seen so since <!date^")[2].partition("^")[0]
    assert abs(int(since) - seen_at.timestamp()) < 60


async def test_a_status_of_one_app_has_its_ids(chat: Conversation) -> None:
    shown = await status(chat, f"status {MAIL}")

    assert "4.12.0.0 · others get 4.11.2.0" in shown
    assert "submission `1152921505690000102`" in shown
    assert "fallback `1152921505690000101`" in shown
    assert "draft `1152921505690000103`" in shown
