"""The Store's JSON: every known answer is read, and nothing is guessed."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.rollout import Rollout
from bot.domain.submissions import App, Flight, Submission
from bot.domain.verbs import Phase
from bot.store import wire
from bot.store.wire import DecodeError, PageRequest
from tests.store.scripted_store import example

FALLBACK = "1212922684621243058"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = st.sampled_from(
    [
        *("isPackageRollout", "packageRolloutPercentage", "packageRolloutStatus"),
        *("fallbackSubmissionId", "id", "primaryName", "flightId", "friendlyName"),
        *("lastPublishedApplicationSubmission", "pendingFlightSubmission", "status"),
        *("applicationPackages", "flightPackages", "version", "fileStatus", "value"),
        *("@nextLink", "totalCount"),
    ]
)
NEAR = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=8)
    ),
)


def rollout(**changes: object) -> dict[str, Any]:
    return {**json.loads(example("packagerollout-get-enabled.json")), **changes}


@pytest.mark.parametrize(
    ("name", "expected", "phase"),
    [
        (
            "packagerollout-get-enabled.json",
            Rollout(True, 25.0, "PackageRolloutInProgress", FALLBACK),
            Phase.IN_PROGRESS,
        ),
        (
            "packagerollout-get-disabled.json",
            Rollout(False, 0.0, "PackageRolloutNotStarted"),
            Phase.DISABLED,
        ),
        (
            "packagerollout-enabled-not-published.json",
            Rollout(True, 10.0, "PackageRolloutNotStarted"),
            Phase.NOT_STARTED,
        ),
        (
            "packagerollout-update-percentage.json",
            Rollout(True, 25.0, "PackageRolloutInProgress", FALLBACK),
            Phase.IN_PROGRESS,
        ),
        (
            "packagerollout-halt.json",
            Rollout(True, 0.0, "PackageRolloutStopped", FALLBACK),
            Phase.STOPPED,
        ),
        (
            "packagerollout-halt-2016-integer.json",
            Rollout(True, 0.0, "PackageRolloutStopped", FALLBACK),
            Phase.STOPPED,
        ),
        (
            "packagerollout-finalize.json",
            Rollout(True, 100.0, "PackageRolloutComplete", FALLBACK),
            Phase.COMPLETE,
        ),
        (
            "packagerollout-finalize-2017-integer.json",
            Rollout(True, 100.0, "PackageRolloutComplete", FALLBACK),
            Phase.COMPLETE,
        ),
    ],
)
def test_every_documented_rollout_is_read(
    name: str, expected: Rollout, phase: Phase
) -> None:
    decoded = wire.decode_rollout(wire.parse(example(name)))

    assert decoded == expected
    assert decoded.phase is phase
    assert isinstance(decoded.percentage, float)


def test_names_are_read_in_any_case() -> None:
    dump = json.loads(example("packagerollout-disabled-observed-live-cli-dump.json"))

    decoded = wire.decode_rollout(dump["PackageRollout"])

    assert decoded == Rollout(False, 0.0, "PackageRolloutNotStarted")


def test_an_unknown_status_keeps_its_word() -> None:
    decoded = wire.decode_rollout(rollout(packageRolloutStatus="PackageRolloutPaused"))

    assert decoded.status == "PackageRolloutPaused"
    assert decoded.phase is Phase.UNRECOGNISED


def test_fields_that_nobody_knows_are_passed_over() -> None:
    decoded = wire.decode_rollout(rollout(isSeekEnabled=True, more={"deep": [1]}))

    assert decoded.percentage == 25.0


def test_a_single_precision_echo_is_taken_as_it_came() -> None:
    decoded = wire.decode_rollout(rollout(packageRolloutPercentage=33.3333321))

    assert decoded.percentage == 33.3333321


@pytest.mark.parametrize("fallback", ["0", "", None, 7, ["1"]])
def test_an_absent_or_odd_fallback_hides_no_rollout(fallback: object) -> None:
    decoded = wire.decode_rollout(rollout(fallbackSubmissionId=fallback))

    assert decoded.fallback_submission_id is None


@pytest.mark.parametrize(
    "changes",
    [
        {"isPackageRollout": "true"},
        {"isPackageRollout": 1},
        {"isPackageRollout": None},
        {"packageRolloutPercentage": "25"},
        {"packageRolloutPercentage": True},
        {"packageRolloutPercentage": None},
        {"packageRolloutPercentage": float("nan")},
        {"packageRolloutPercentage": float("inf")},
        {"packageRolloutPercentage": -1},
        {"packageRolloutPercentage": 101},
        {"packageRolloutPercentage": 10**400},
        {"packageRolloutStatus": None},
        {"packageRolloutStatus": ""},
        {"packageRolloutStatus": 3},
    ],
)
def test_a_rollout_of_another_shape_is_not_understood(
    changes: dict[str, object],
) -> None:
    with pytest.raises(DecodeError):
        wire.decode_rollout(rollout(**changes))


def test_an_app_is_read_with_both_of_its_submissions() -> None:
    assert wire.decode_app(wire.parse(example("application-get.json"))) == App(
        "9NBLGGH4R315", "ApiTestApp", "1152921504621086517", "1152921504621243487"
    )


def test_a_flight_is_read_with_both_of_its_submissions() -> None:
    assert wire.decode_flight(wire.parse(example("flight-get.json"))) == Flight(
        "43e448df-97c9-4a43-a0bc-2a445e736bcd",
        "myflight",
        "1152921504621086517",
        "115292150462124364",
    )


def test_a_new_flight_has_no_submissions() -> None:
    flight = wire.decode_flight(wire.parse(example("flight-create-response.json")))

    assert (flight.published_id, flight.pending_id) == (None, None)


@pytest.mark.parametrize("reference", [{}, {"pendingFlightSubmission": None}])
def test_an_absent_reference_and_null_mean_the_same(
    reference: dict[str, object],
) -> None:
    flight = wire.decode_flight({"flightId": "f", **reference})

    assert flight == Flight("f", "f")


@pytest.mark.parametrize(
    "reference", ["115", 115, {}, {"id": None}, {"id": ""}, {"id": 115}, [{"id": "1"}]]
)
def test_a_reference_of_another_shape_is_not_understood(reference: object) -> None:
    app = {"id": "9NBLGGH4R315", "lastPublishedApplicationSubmission": reference}

    with pytest.raises(DecodeError):
        wire.decode_app(app)


@pytest.mark.parametrize("app", [{}, {"id": 5}, {"id": "a", "primaryName": 5}, [], "a"])
def test_an_app_without_its_id_or_with_an_odd_name_is_not_understood(
    app: object,
) -> None:
    with pytest.raises(DecodeError):
        wire.decode_app(app)


def test_a_submission_gives_status_and_versions_and_never_its_upload_address() -> None:
    submission = wire.decode_submission(wire.parse(example("app-submission.json")))

    assert submission == Submission(
        "1152921504621243540", "PendingCommit", ("1.0.0.0",)
    )
    assert "blob.core" not in repr(submission)


def test_a_flight_submission_has_its_packages_under_another_name() -> None:
    submission = wire.decode_submission(wire.parse(example("flight-submission.json")))

    assert submission == Submission(
        "1152921504621243649", "PendingCommit", ("1.0.0.0",)
    )


def test_versions_are_those_that_ship_each_once_in_order() -> None:
    packages = [
        {"version": "2.0.0.0", "fileStatus": "Uploaded"},
        {"version": "1.0.0.0", "fileStatus": "PendingDelete"},
        {"version": "3.0.0.0"},
        {"version": None},
        {},
        {"version": "2.0.0.0", "fileStatus": "Uploaded"},
    ]

    submission = wire.decode_submission(
        {"id": "1", "status": "Published", "applicationPackages": packages}
    )

    assert submission.versions == ("2.0.0.0", "3.0.0.0")


def test_a_submission_without_packages_has_no_versions() -> None:
    submission = wire.decode_submission({"id": "1", "status": "Brand new word"})

    assert submission == Submission("1", "Brand new word")


@pytest.mark.parametrize("packages", ["1.0", {}, ["1.0"], [{"version": 1}]])
def test_packages_of_another_shape_are_not_understood(packages: object) -> None:
    with pytest.raises(DecodeError):
        wire.decode_submission(
            {"id": "1", "status": "Published", "flightPackages": packages}
        )


def test_a_page_gives_its_rows_and_where_to_go_on() -> None:
    page = wire.page_decoder(wire.decode_app)(
        wire.parse(example("applications-list.json"))
    )

    assert [app.name for app in page.rows] == [
        "Contoso sample app",
        "Contoso sample app 2",
    ]
    assert page.rows[0].published_id is None
    assert page.rows[0].pending_id == "1152921504621134883"
    assert page.next_request(PageRequest(0, 10)) == PageRequest(10, 10)


def test_a_page_without_its_link_goes_on_while_rows_are_left() -> None:
    page = wire.page_decoder(wire.decode_flight)(
        wire.parse(example("listflights.json"))
    )

    assert page.next_request(PageRequest(0, 1)) == PageRequest(1, 1)
    assert page.next_request(PageRequest(2, 1)) is None


@pytest.mark.parametrize(
    ("link", "part"),
    [
        ("applications/9N/listflights/?skip=2&top=2", PageRequest(2, 2)),
        ("https://elsewhere.example/x?top=5&skip=5", PageRequest(5, 5)),
        ("applications?skip=10", None),
        ("applications?skip=-1&top=10", None),
        ("applications?skip=10&top=0", None),
        ("applications?skip=10&top=1000000", None),
        ("applications?skip=ten&top=10", None),
        ("http://[broken?skip=10&top=10", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_only_the_numbers_of_a_link_are_believed(
    link: object, part: PageRequest | None
) -> None:
    page = wire.page_decoder(wire.decode_app)({"value": [], "@nextLink": link})

    assert page.link == part
    assert page.next_request(PageRequest()) == part


@pytest.mark.parametrize("value", [None, {}, "rows", [[]], [{"id": 1}]])
def test_a_page_of_another_shape_is_not_understood(value: object) -> None:
    with pytest.raises(DecodeError):
        wire.page_decoder(wire.decode_app)({"value": value})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"<html>",
        b'{"isPackageRollout":true,',
        b'{"packageRolloutPercentage":NaN}',
        b'{"packageRolloutPercentage":-Infinity}',
        b'{"a":"\xff"}',
        b'{"a":' + b"9" * 5000 + b"}",
        b"[" * 200_000,
    ],
)
@pytest.mark.usefixtures("quiet_memory")
def test_a_body_that_is_no_json_is_not_understood(body: bytes) -> None:
    with pytest.raises(DecodeError):
        wire.parse(body)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert wire.parse(b"\xef\xbb\xbf{}") == {}


@given(JSON | NEAR)
def test_any_json_is_read_or_not_understood(data: object) -> None:
    decoders = (
        wire.decode_rollout,
        wire.decode_app,
        wire.decode_flight,
        wire.decode_submission,
        wire.page_decoder(wire.decode_app),
        wire.page_decoder(wire.decode_flight),
    )
    understood = [decode for decode in decoders if is_understood(decode, data)]

    assert not understood or isinstance(data, dict)


def is_understood(decode: Callable[[object], object], data: object) -> bool:
    try:
        decode(data)
    except DecodeError:
        return False
    return True
