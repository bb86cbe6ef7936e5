"""The state of the local Store survives a kill."""

import json
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import time_machine

from bot.sandbox.json_state import JsonState, StateUnreadableError
from bot.sandbox.store import LocalStore, seed
from bot.sandbox.store.tokens import LIFETIME, STORE_AUDIENCE, Tokens

ROOT = Path(__file__).parents[3]
PHOTOS = str(seed.FIRST_ID + 202)
DIE = """
import os, signal, sys
from pathlib import Path
from bot.sandbox.store import LocalStore, seed
store = LocalStore(Path(sys.argv[1]))
store.switch(unknown_app="403")
store.arm("halt", "503", times=2, seconds=1)
store.publish(seed.CHESS, percentage=20)
store.change_in_partner_center("halt", sys.argv[2])
os.kill(os.getpid(), signal.SIGKILL)
"""


def memory(store: LocalStore) -> tuple[Any, ...]:
    faults = store.faults.to_json()
    return (store.catalogue.to_json(), store.switches, faults, store.latency)


@pytest.mark.slow
def test_what_happened_before_a_kill_is_still_true(tmp_path: Path) -> None:
    path = tmp_path / "data" / "store.json"
    program = [sys.executable, "-c", DIE, str(path), PHOTOS]
    died = subprocess.run(program, check=False, timeout=30, cwd=ROOT)
    expected = LocalStore()
    expected.switch(unknown_app="403")
    expected.arm("halt", "503", times=2, seconds=1)
    expected.publish(seed.CHESS, percentage=20)
    expected.change_in_partner_center("halt", PHOTOS)

    assert died.returncode == -signal.SIGKILL
    assert memory(LocalStore(path)) == memory(expected)


def test_what_the_version_before_has_saved_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "store.json"
    LocalStore(path).publish(seed.CHESS, percentage=20)
    saved = json.loads(path.read_text())
    for app in saved["catalogue"]["apps"]:
        for flight in app["flights"]:
            del flight["groups"], flight["rank_higher_than"]
        slot = app["slot"]
        for one in (slot["published"], slot["pending"], *slot["older"]):
            for name in ("fields", "packages", "uploaded", "errors"):
                if one is not None:
                    del one[name]
    path.write_text(json.dumps(saved))
    expected = LocalStore()
    expected.publish(seed.CHESS, percentage=20)

    assert memory(LocalStore(path)) == memory(expected)


async def test_each_call_is_saved_before_it_is_answered(
    tmp_path: Path,
    serve: Callable[[LocalStore], Awaitable[str]],
    session: aiohttp.ClientSession,
) -> None:
    path = tmp_path / "store.json"
    first = LocalStore(path)
    header = {"Authorization": f"Bearer {first.tokens.issue()}"}
    first.latency = 0.0
    first.arm("read", "503", times=2)
    api = f"{await serve(first)}/store/v1.0/my/applications"
    submission = f"{api}/{seed.PHOTOS}/submissions/{PHOTOS}"
    await session.get(f"{submission}/packagerollout", headers=header)
    await session.post(
        f"{submission}/haltpackagerollout",
        headers={**header, "Content-Type": "application/json"},
    )
    await session.post(
        f"{api}/{seed.NOTES}/submissions",
        headers={**header, "Content-Type": "application/json"},
    )
    second = LocalStore(path)

    assert memory(second) == memory(first)
    assert second.submission(PHOTOS).rollout.status == "PackageRolloutStopped"
    assert second.tokens.accepts(header["Authorization"])
    assert second.catalogue.new_id() == first.catalogue.new_id()


def test_a_store_without_a_path_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = LocalStore()
    store.reset()
    JsonState(None).save({"a": 1})

    assert JsonState(None).load() is None
    assert list(tmp_path.iterdir()) == []


def test_the_last_saved_object_is_loaded(tmp_path: Path) -> None:
    saved = JsonState(tmp_path / "deep" / "state.json")
    before = saved.load()
    saved.save({"a": 1})
    saved.save({"name": "Zoë", "list": [1, 2.5, None]})

    assert before is None
    assert saved.load() == {"name": "Zoë", "list": [1, 2.5, None]}
    assert [x.name for x in (tmp_path / "deep").iterdir()] == ["state.json"]


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff"])
def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content)
    with pytest.raises(StateUnreadableError, match=r"state\.json.*Delete that file"):
        JsonState(path).load()

    assert path.read_bytes() == content


@pytest.mark.parametrize("content", ["{}", '{"catalogue": {"apps": [{}]}}'])
def test_a_file_of_something_else_is_refused_too(tmp_path: Path, content: str) -> None:
    path = tmp_path / "store.json"
    path.write_text(content)
    with pytest.raises(StateUnreadableError, match=r"store\.json"):
        LocalStore(path)

    assert path.read_text() == content


def test_a_token_lives_for_an_hour_and_for_its_own_audience() -> None:
    tokens = Tokens()
    with time_machine.travel(1_700_000_000, tick=False) as clock:
        ours = f"Bearer {tokens.issue()}"
        others = f"Bearer {tokens.issue(STORE_AUDIENCE + '/')}"
        clock.shift(LIFETIME - 1)
        early = (tokens.accepts(ours), tokens.accepts(others))
        clock.shift(1)
        late = tokens.accepts(ours)
        tokens.issue()

    assert early == (True, False)
    assert late is False
    assert len(tokens.to_json()) == 1
