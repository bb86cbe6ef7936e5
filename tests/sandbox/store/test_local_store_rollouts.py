"""The rollout state machine of the local Store."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from bot.sandbox.store import LocalStore, seed
from bot.sandbox.store.journal import Entry
from bot.sandbox.store.percentages import read_percentage, to_single_precision
from bot.sandbox.store.responses import RequestRejectedError

Call = Callable[..., Awaitable[tuple[int, Any, Mapping[str, str]]]]
Example = Callable[[str], Any]

FIRST = seed.FIRST_ID
PHOTOS = f"applications/{seed.PHOTOS}/submissions/{FIRST + 202}"
MAIL = f"applications/{seed.MAIL}/submissions/{FIRST + 102}"
_FLIGHTS = f"applications/{seed.MAIL}/flights"
INSIDERS = f"{_FLIGHTS}/{seed.MAIL_INSIDERS}/submissions/{FIRST + 112}"
OPEN = [(PHOTOS, FIRST + 201), (MAIL, FIRST + 101), (INSIDERS, FIRST + 111)]
CLOSED = {
    "no rollout": f"applications/{seed.WEATHER}/submissions/{FIRST + 501}",
    "draft with a rollout": f"applications/{seed.CHESS}/submissions/{FIRST + 601}",
    "draft beside it": f"applications/{seed.MAIL}/submissions/{FIRST + 103}",
    "stopped": f"applications/{seed.NOTES}/submissions/{FIRST + 302}",
    "complete": f"applications/{seed.MAPS}/submissions/{FIRST + 402}",
    "replaced": f"applications/{seed.MAIL}/submissions/{FIRST + 101}",
    "complete flight": f"{_FLIGHTS}/{seed.MAIL_DOGFOOD}/submissions/{FIRST + 122}",
    "flight draft": f"{_FLIGHTS}/{seed.MAIL_INSIDERS}/submissions/{FIRST + 113}",
    "flight without rollout": (
        f"applications/{seed.CHESS}/flights/{seed.CHESS_BETA}/submissions/{FIRST + 611}"
    ),
}
POSTS = [
    "haltpackagerollout",
    "finalizepackagerollout",
    "updatepackagerolloutpercentage?percentage=40",
]


def rollout(percentage: float, status: str, fallback: int) -> dict[str, object]:
    return {
        "isPackageRollout": True,
        "packageRolloutPercentage": percentage,
        "packageRolloutStatus": f"PackageRollout{status}",
        "fallbackSubmissionId": str(fallback),
    }


@pytest.mark.parametrize(("path", "fallback"), OPEN)
async def test_halt_stops_an_open_rollout_at_zero(
    call: Call, path: str, fallback: int
) -> None:
    status, data, _ = await call("POST", f"{path}/haltpackagerollout")

    assert (status, data) == (200, rollout(0.0, "Stopped", fallback))
    assert (await call("GET", f"{path}/packagerollout"))[1] == data


@pytest.mark.parametrize(("path", "fallback"), OPEN)
async def test_finalize_completes_an_open_rollout_at_one_hundred(
    call: Call, path: str, fallback: int
) -> None:
    status, data, _ = await call("POST", f"{path}/finalizepackagerollout")

    assert (status, data) == (200, rollout(100.0, "Complete", fallback))
    assert (await call("GET", f"{path}/packagerollout"))[1] == data


@pytest.mark.parametrize(("path", "fallback"), OPEN)
async def test_set_changes_the_percentage_and_one_hundred_is_not_finalized(
    call: Call, path: str, fallback: int
) -> None:
    first = f"{path}/updatepackagerolloutpercentage?percentage=33.333333"
    last = f"{path}/UpdatePackageRolloutPercentage?Percentage=100"
    third, everybody = await call("POST", first), await call("POST", last)

    assert third[:2] == (200, rollout(33.3333321, "InProgress", fallback))
    assert everybody[:2] == (200, rollout(100.0, "InProgress", fallback))


@pytest.mark.parametrize("path", CLOSED.values(), ids=CLOSED)
@pytest.mark.parametrize("verb", POSTS)
async def test_no_operation_leaves_a_state_that_is_not_in_progress(
    call: Call, example: Example, path: str, verb: str
) -> None:
    before = await call("GET", f"{path}/packagerollout")
    status, data, _ = await call("POST", f"{path}/{verb}")
    after = await call("GET", f"{path}/packagerollout")

    assert (status, data) == (409, example("error-409-rollout-invalid-state"))
    assert before[:2] == after[:2]


async def test_reading_shows_the_documented_object_in_every_state(
    call: Call, example: Example
) -> None:
    read = "packagerollout"
    disabled = await call("GET", f"{CLOSED['no rollout']}/{read}")
    draft = await call("GET", f"{CLOSED['draft with a rollout']}/{read}")

    assert disabled[:2] == (200, example("packagerollout-get-disabled"))
    expected = example("packagerollout-enabled-not-published")
    assert draft[:2] == (200, {**expected, "packageRolloutPercentage": 20.0})


async def test_a_draft_beside_the_published_submission_is_untouched(
    call: Call, store: LocalStore
) -> None:
    before = repr(store.slot(seed.MAIL).pending)
    await call("POST", f"{MAIL}/haltpackagerollout")

    assert repr(store.slot(seed.MAIL).pending) == before


async def test_paths_are_read_in_any_case_of_letters(call: Call) -> None:
    status, data, _ = await call("POST", f"{INSIDERS.upper()}/HaltPackageRollout")

    assert (status, data["packageRolloutStatus"]) == (200, "PackageRolloutStopped")


@pytest.mark.parametrize(
    "query",
    [
        *("", "?percentage=", "?percentage=abc", "?percentage=12,5", "?percentage=1e1"),
        *("?percentage=100.5", "?percentage=-1", "?percentage=nan", "?percentage=inf"),
    ],
)
async def test_a_percentage_that_cannot_be_is_refused(call: Call, query: str) -> None:
    path = f"{PHOTOS}/updatepackagerolloutpercentage{query}"
    status, data, _ = await call("POST", path)

    assert (status, data["code"]) == (400, "InvalidParameterValue")
    assert data["target"] == "percentage"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("0", 0.0), ("100", 100.0), (".5", 0.5), ("12.5", 12.5), ("0.1", 0.1)),
        *(("33.333333", 33.3333321), ("99.99", 99.99), ("9" * 400, None)),
        (None, None),
    ],
)
def test_percentages_come_back_in_single_precision(
    text: str | None, expected: float | None
) -> None:
    assert read_percentage(text) == expected


def test_single_precision_is_stable() -> None:
    assert to_single_precision(to_single_precision(33.333333)) == to_single_precision(
        33.333333
    )


@pytest.mark.parametrize("verb", POSTS)
async def test_only_json_content_is_accepted(
    call: Call, example: Example, verb: str
) -> None:
    wrong = {"Content-Type": "application/octet-stream"}
    status, data, _ = await call("POST", f"{PHOTOS}/{verb}", wrong)

    assert (status, data) == (400, example("error-400-only-json-accepted"))


async def test_a_post_without_body_and_type_is_accepted(call: Call) -> None:
    assert (await call("POST", f"{PHOTOS}/haltpackagerollout", {}))[0] == 200


async def test_a_body_without_a_type_is_refused(call: Call) -> None:
    path = f"{PHOTOS}/haltpackagerollout"
    assert (await call("POST", path, {}, b"{}"))[0] == 400


async def test_unknown_submissions_are_not_found_and_foreign_ones_a_conflict(
    call: Call, example: Example
) -> None:
    app = f"applications/{seed.MAIL}"
    unknown = await call("POST", f"{app}/submissions/123/haltpackagerollout")
    others = await call("GET", f"{app}/submissions/{FIRST + 202}/packagerollout")
    flights = await call("GET", f"{app}/submissions/{FIRST + 112}/packagerollout")
    crossed = f"{_FLIGHTS}/{seed.MAIL_INSIDERS}/submissions/{FIRST + 122}"
    crossed_halt = await call("POST", f"{crossed}/haltpackagerollout")

    assert unknown[:2] == (404, example("error-404-submission-not-found"))
    assert [x[0] for x in (others, flights, crossed_halt)] == [409, 409, 409]
    assert others[1]["target"] == "submissionId"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", f"{PHOTOS}/haltpackagerollout", 405),
        ("POST", f"{PHOTOS}/packagerollout", 405),
        ("POST", f"{PHOTOS}/resumepackagerollout", 404),
        ("GET", "applications/9NOBODY00000", 404),
        ("GET", f"{_FLIGHTS}/00000000-0000-0000-0000-000000000000", 404),
        ("GET", "../../v2.0/my/applications", 404),
    ],
)
async def test_what_does_not_exist_is_a_404(
    call: Call, method: str, path: str, expected: int
) -> None:
    status, data, headers = await call(method, path)

    assert (status, data["source"]) == (expected, "Ingestion Api")
    assert headers["MS-CorrelationId"]


@pytest.mark.parametrize("header", ["", "Bearer nonsense", "Basic abc", "Bearer"])
async def test_a_call_without_a_good_token_is_refused(
    call: Call, store: LocalStore, header: str
) -> None:
    store.arm("halt", "503")
    path = f"{PHOTOS}/haltpackagerollout"
    status, data, headers = await call("POST", path, {"Authorization": header})

    assert (status, data) == (401, "")
    assert headers["MS-CorrelationId"]
    assert "halt" in store.faults.to_json()


async def test_every_answer_has_its_own_correlation_id_and_is_in_the_journal(
    call: Call, store: LocalStore
) -> None:
    _, _, first = await call("GET", f"{PHOTOS}/packagerollout")
    _, _, second = await call("POST", f"{PHOTOS}/{POSTS[2]}")

    ids = [x["MS-CorrelationId"] for x in (first, second)]
    assert [entry.correlation_id for entry in store.requests] == ids
    (write,) = store.writes()
    seen = (write.operation, write.query, write.length, write.content_type)
    assert seen == ("set", "percentage=40", 0, "application/json")
    assert write.status == 200
    assert write.ms is not None


async def test_of_two_halts_at_once_one_has_the_effect(
    call: Call, store: LocalStore
) -> None:
    together = asyncio.Barrier(2)

    async def meet(entry: Entry) -> None:
        assert entry.status is None
        await together.wait()

    store.pipeline.before = meet
    path = f"{PHOTOS}/haltpackagerollout"
    answers = await asyncio.gather(call("POST", path), call("POST", path))

    assert sorted(answer[0] for answer in answers) == [200, 409]
    assert (len(store.writes()), len(store.effects())) == (2, 1)


async def test_a_hook_after_the_effect_sees_it_before_the_client_does(
    call: Call, store: LocalStore
) -> None:
    seen: list[str] = []

    async def look(entry: Entry) -> None:
        status = store.submission(str(FIRST + 202)).rollout.status
        seen.append(f"{entry.operation} {status}")

    store.pipeline.after = look
    await call("POST", f"{PHOTOS}/haltpackagerollout")

    assert seen == ["halt PackageRolloutStopped"]


def test_a_colleague_can_act_elsewhere(store: LocalStore) -> None:
    photos, mail = str(FIRST + 202), str(FIRST + 102)
    store.change_in_partner_center("set", photos, 33.3)
    store.change_in_partner_center("halt", photos)
    store.change_in_partner_center("finalize", mail)

    assert store.submission(photos).rollout.status == "PackageRolloutStopped"
    assert store.submission(mail).rollout.percentage == 100.0
    with pytest.raises(RequestRejectedError):
        store.change_in_partner_center("halt", mail)
    with pytest.raises(ValueError, match="There is no submission 1"):
        store.change_in_partner_center("halt", "1")
