"""Each switch changes the behaviour of the local Store that it names."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

import pytest

from bot.sandbox.store import LocalStore, seed
from bot.sandbox.store.rate_limit import WINDOW, RateLimit
from bot.sandbox.store.switches import CHOICES, DESCRIPTIONS, Switches

Call = Callable[..., Awaitable[tuple[int, Any, Mapping[str, str]]]]

FIRST = seed.FIRST_ID
PHOTOS = f"applications/{seed.PHOTOS}/submissions/{FIRST + 202}"
NOTES = f"applications/{seed.NOTES}/submissions/{FIRST + 302}"
MAPS = f"applications/{seed.MAPS}/submissions/{FIRST + 402}"
CHESS = f"applications/{seed.CHESS}/submissions/{FIRST + 601}"
MAIL_DRAFT = f"applications/{seed.MAIL}/submissions/{FIRST + 103}"
HALT, FINALIZE = "haltpackagerollout", "finalizepackagerollout"
SET = "updatepackagerolloutpercentage?percentage="


def test_every_switch_has_choices_a_default_among_them_and_a_sentence() -> None:
    defaults = asdict(Switches())

    assert set(defaults) == set(CHOICES) == set(DESCRIPTIONS)
    assert all(defaults[name] == choices[0] for name, choices in CHOICES.items())
    assert all(about.endswith(".") for about in DESCRIPTIONS.values())


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"colour": "red"}, "no switch named 'colour'"),
        ({"repeat_operation": "200", "unknown_app": "500"}, "takes one of: 404, 403"),
        ({"unknown_app": ["403"]}, "takes one of"),
        ({"self": 1}, "no switch named 'self'"),
    ],
)
def test_a_wrong_switch_changes_none(
    store: LocalStore, values: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        store.switch(**values)
    assert store.switches == Switches()


@pytest.mark.parametrize(("form", "body"), [("empty", ""), ("text", "The package")])
async def test_a_conflict_may_have_another_body(
    call: Call, store: LocalStore, form: str, body: str
) -> None:
    store.switch(rollout_conflict_body=form)
    status, data, _ = await call("POST", f"{NOTES}/{HALT}")

    assert status == 409
    assert isinstance(data, str)
    assert data.startswith(body)


@pytest.mark.parametrize("status", ["400", "409", "500"])
async def test_a_bad_percentage_may_be_refused_otherwise(
    call: Call, store: LocalStore, status: str
) -> None:
    store.switch(bad_percentage=status)

    assert (await call("POST", f"{PHOTOS}/{SET}x"))[0] == int(status)


@pytest.mark.parametrize(
    ("choice", "status"), [("allowed", 200), ("400", 400), ("409", 409)]
)
async def test_lowering_may_be_forbidden(
    call: Call, store: LocalStore, choice: str, status: int
) -> None:
    store.switch(lower_percentage=choice)

    assert (await call("POST", f"{PHOTOS}/{SET}24.9"))[0] == status
    assert (await call("POST", f"{PHOTOS}/{SET}25"))[0] == 200


@pytest.mark.parametrize(
    ("choice", "path", "expected"),
    [
        ("zero", MAIL_DRAFT, "0"),
        ("null", MAIL_DRAFT, None),
        ("published", MAIL_DRAFT, str(FIRST + 102)),
        ("published", CHESS, "0"),
    ],
)
async def test_the_fallback_of_a_draft_may_differ(
    call: Call, store: LocalStore, choice: str, path: str, expected: str | None
) -> None:
    store.switch(fallback_before_publication=choice)
    _, data, _ = await call("GET", f"{path}/packagerollout")

    assert data["fallbackSubmissionId"] == expected


async def test_an_unknown_app_may_be_forbidden_instead_of_not_found(
    call: Call, store: LocalStore
) -> None:
    store.switch(unknown_app="403")

    assert (await call("GET", "applications/9NOBODY00000"))[:2] == (403, "")


async def test_an_empty_list_may_be_an_empty_list(
    call: Call, store: LocalStore
) -> None:
    missing = await call("GET", f"applications/{seed.NOTES}/listflights")
    store.catalogue.apps.clear()
    no_apps = await call("GET", "applications")
    store.switch(empty_list="200")
    empty = await call("GET", "applications")

    assert (missing[0], no_apps[0]) == (404, 404)
    assert empty[:2] == (200, {"value": [], "totalCount": 0})


async def test_a_refused_token_may_be_explained(call: Call, store: LocalStore) -> None:
    store.switch(expired_token_body="json")
    store.tokens.revoke_all()

    assert (await call("GET", PHOTOS))[1]["code"] == "Unauthorized"


async def test_a_repeated_operation_may_be_accepted(
    call: Call, store: LocalStore
) -> None:
    store.switch(repeat_operation="200")
    again = [
        (await call("POST", path))[0]
        for path in (f"{NOTES}/{HALT}", f"{MAPS}/{FINALIZE}", f"{MAPS}/{HALT}")
    ]

    assert again == [200, 200, 409]


async def test_a_post_may_need_a_type(call: Call, store: LocalStore) -> None:
    store.switch(post_without_content_type="refused")

    assert (await call("POST", f"{PHOTOS}/{HALT}", {}))[0] == 400


async def test_a_foreign_submission_may_be_not_found(
    call: Call, store: LocalStore
) -> None:
    store.switch(foreign_submission="404")
    path = f"applications/{seed.MAIL}/submissions/{FIRST + 202}/packagerollout"

    assert (await call("GET", path))[0] == 404


async def test_a_submission_may_say_whether_people_can_seek(
    call: Call, store: LocalStore
) -> None:
    store.switch(seek_enabled="top_level")

    assert (await call("GET", PHOTOS))[1]["isSeekEnabled"] is False


@pytest.mark.parametrize("say_when", ["present", "absent"])
async def test_too_many_calls_meet_the_rate_limit(
    call: Call, store: LocalStore, say_when: str
) -> None:
    store.switch(rate_limit="20", retry_after=say_when)
    seen = [(await call("GET", PHOTOS)) for _ in range(21)]

    assert [x[0] for x in seen] == [200] * 20 + [429]
    assert ("Retry-After" in seen[-1][2]) is (say_when == "present")


def test_the_rate_limit_counts_the_last_minute_only() -> None:
    limit = RateLimit()
    waits = [limit.take(2, now) for now in (0.0, 1.0, 1.5, WINDOW, WINDOW)]

    assert waits == [0, 0, 59, 0, 1]


@pytest.mark.parametrize(("choice", "carried"), [("present", True), ("absent", False)])
async def test_the_rate_limits_answer_may_have_no_correlation_id(
    call: Call, store: LocalStore, choice: str, *, carried: bool
) -> None:
    store.switch(rate_limit="20", gateway_correlation_id=choice)
    answers = [await call("GET", PHOTOS) for _ in range(21)]

    assert all("MS-CorrelationId" in x[2] for x in answers[:20])
    assert ("MS-CorrelationId" in answers[20][2]) is carried


async def test_a_reset_of_the_store_forgets_the_calls_that_counted(
    call: Call, store: LocalStore
) -> None:
    store.switch(rate_limit="20")
    for _ in range(20):
        await call("GET", PHOTOS)
    store.reset()
    store.switch(rate_limit="20")

    assert (await call("GET", PHOTOS))[0] == 200
