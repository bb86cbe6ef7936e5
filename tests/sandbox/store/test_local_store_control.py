"""The control API of the local Store."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from bot.sandbox.broadcast import Broadcaster
from bot.sandbox.store import LocalStore, seed

Call = Callable[..., Awaitable[tuple[int, Any, Mapping[str, str]]]]
Control = Callable[..., Awaitable[tuple[int, Any]]]


async def test_the_state_shows_apps_faults_switches_and_requests(
    call: Call, control: Control, store: LocalStore
) -> None:
    store.arm("halt", "slow", seconds=3)
    await call("GET", "applications?top=2")
    await call("GET", f"applications/{seed.MAIL}")
    status, state = await control("GET", "state")
    mail, *_, chess = state["apps"]

    assert status == 200
    assert mail["published"] == {
        "id": str(seed.FIRST_ID + 102),
        "status": "Published",
        "versions": ["4.12.0.0"],
        "rollout": {
            "isPackageRollout": True,
            "packageRolloutPercentage": 10.0,
            "packageRolloutStatus": "PackageRolloutInProgress",
            "fallbackSubmissionId": str(seed.FIRST_ID + 101),
        },
    }
    assert mail["pending"]["status"] == "PendingCommit"
    assert [x["name"] for x in mail["flights"]] == ["Insiders", "Dogfood"]
    assert chess["published"] is None
    assert state["faults"] == {"halt": [{"fault": "slow", "times": 1, "seconds": 3}]}
    assert state["switches"]["unknown_app"] == "404"
    assert state["switch_choices"]["unknown_app"]["choices"] == ["404", "403"]
    assert state["switch_choices"]["unknown_app"]["about"]
    assert state["fault_choices"]["504_after_effect"]["about"]
    asked = [each["name"] for each in state["operations"]]
    assert asked[:4] == ["halt", "finalize", "set", "read"]
    newest, oldest = state["requests"]
    assert newest["path"].endswith(seed.MAIL)
    assert (oldest["method"], oldest["status"]) == ("GET", 200)
    assert "fileUploadUrl" not in str(state)


async def test_faults_are_armed_and_cleared(
    control: Control, store: LocalStore
) -> None:
    wanted = {"operation": "halt", "fault": "503", "times": -1}
    armed = await control("POST", "faults", wanted)
    shown = store.faults.to_json()
    cleared = await control("DELETE", "faults")

    assert armed == cleared == (200, {"ok": True})
    assert shown == {"halt": [{"fault": "503", "times": -1}]}
    assert store.faults.to_json() == {}


async def test_switches_latency_and_rollouts_are_set_and_reset(
    control: Control, broadcaster: Broadcaster
) -> None:
    before = broadcaster.count("store")
    flight = {"app": seed.MAIL, "flight": seed.MAIL_DOGFOOD, "percentage": 12.5}
    await control("POST", "switches", {"unknown_app": "403", "empty_list": "200"})
    await control("POST", "latency", {"seconds": 0.001})
    await control("POST", "rollout", flight)
    await control("POST", "rollout", {"app": seed.NOTES, "flight": None})
    _, changed = await control("GET", "state")
    status, _ = await control("POST", "reset")
    _, fresh = await control("GET", "state")

    dogfood = changed["apps"][0]["flights"][1]["published"]
    assert dogfood["rollout"]["packageRolloutPercentage"] == 12.5
    assert changed["switches"]["unknown_app"] == "403"
    assert changed["latency"] == 0.001
    assert broadcaster.count("store") == before + 5
    assert status == 200
    assert fresh["apps"][0]["flights"][1]["published"]["versions"] == ["5.0.7.0"]
    assert fresh["switches"]["unknown_app"] == "404"
    assert fresh["latency"] == 0.0


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("faults", b"{", "Send a JSON object."),
        ("faults", b"\xff", "Send a JSON object."),
        ("faults", [], "Send a JSON object."),
        ("faults", {"operation": "halt", "fault": 503}, "'fault' must be text"),
        ("faults", {"operation": "halt", "fault": "x"}, "no fault named 'x'"),
        ("faults", {"times": True}, "'times' must be a whole number"),
        ("faults", {"times": 1.5}, "'times' must be a whole number"),
        ("faults", {"seconds": "3"}, "'seconds' must be a number"),
        ("faults", {"seconds": True}, "'seconds' must be a number"),
        ("switches", {"unknown_app": 404}, "takes one of"),
        ("latency", {"seconds": 61}, "from 0 to 60"),
        ("latency", {}, "must be a number"),
        ("rollout", {"app": "9NOBODY00000", "percentage": 5}, "no app 9NOBODY00000"),
        ("rollout", {"app": seed.MAIL, "flight": "", "percentage": 5}, "no flight"),
        ("rollout", {"app": seed.MAIL, "percentage": "5"}, "must be a number"),
        ("rollout", {"percentage": 5}, "'app' must be text"),
    ],
)
async def test_an_invalid_control_request_changes_nothing(
    control: Control, store: LocalStore, name: str, data: object, sentence: str
) -> None:
    before = (store.catalogue.to_json(), store.faults.to_json())
    status, answer = await control("POST", name, data)

    assert (status, answer["ok"]) == (400, False)
    assert sentence in answer["error"]
    assert (store.catalogue.to_json(), store.faults.to_json()) == before


async def test_only_the_last_fifty_requests_are_shown(
    call: Call, control: Control, store: LocalStore
) -> None:
    for _ in range(55):
        await call("GET", "applications/x")
    _, state = await control("GET", "state")

    _, longer = await control("GET", "state?requests=52")

    assert (len(state["requests"]), len(store.requests)) == (50, 55)
    assert len(longer["requests"]) == 52
    assert store.journal.total == 55
