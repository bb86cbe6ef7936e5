"""Each verb at an app and a flight: the right address, once, and no draft touched."""

from copy import deepcopy

import pytest

from bot.sandbox.store.seed import FIRST_ID, MAIL, MAIL_INSIDERS
from tests.dialogues.conversation import Conversation
from tests.dialogues.fault_harness import GOALS, VERBS
from tests.slack_users import ANN, BEN

pytestmark = pytest.mark.asyncio(loop_scope="module")

APP = (None, f"/store/v1.0/my/applications/{MAIL}/submissions/{FIRST_ID + 102}/")
FLIGHT = (
    MAIL_INSIDERS,
    (
        f"/store/v1.0/my/applications/{MAIL}/flights/{MAIL_INSIDERS}"
        f"/submissions/{FIRST_ID + 112}/"
    ),
)
# The last part of each address, and its query.
# https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions
OPERATIONS = {
    "halt": ("haltpackagerollout", ""),
    "finalize": ("finalizepackagerollout", ""),
    "set": ("updatepackagerolloutpercentage", "percentage=40"),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("flight", "address"), [APP, FLIGHT], ids=["app", "flight"])
async def test_one_empty_post_goes_to_the_published_submission(
    chat: Conversation, verb: str, flight: str | None, address: str
) -> None:
    store = chat.sandbox.store
    before = deepcopy(store.catalogue)
    suffix = f" flight {flight}" if flight else ""
    await chat.say(ANN, f"/rollout alias add mail {MAIL}{suffix}")
    await chat.say(ANN, f"/rollout {VERBS[verb][0]}")
    await chat.press(BEN, VERBS[verb][1])

    [write] = [
        entry
        for entry in store.requests
        if entry.method != "GET" and entry.operation != "token"
    ]
    last, query = OPERATIONS[verb]
    assert (write.method, write.path) == ("POST", address + last)
    assert write.query.removesuffix(".0") == query
    assert write.length == 0
    assert write.effect
    now = chat.rollout(MAIL, flight)
    assert (now.status, now.percentage) == (VERBS[verb][2], GOALS[verb])

    # Everything but the one rollout is as it was, the drafts beside it above all.
    store.submission(address.split("/")[-2]).rollout = next(
        line.published.rollout
        for line in before.slots()
        if line.published and line.published.id == address.split("/")[-2]
    )
    assert store.catalogue == before
    assert store.slot(MAIL, flight).pending is not None
