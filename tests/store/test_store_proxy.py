"""The Store is reached through a proxy where the environment names one."""

import pytest

from bot.domain.submissions import App
from bot.store import StoreClient, open_session
from tests.store.scripted_store import QUICK, Keys, ScriptedStore

ELSEWHERE = "http://store.invalid"
ANSWER = b'{"id": "9NBLGGH4R315", "primaryName": "Contoso Mail"}'


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def test_the_proxy_of_the_environment_is_used(
    store: ScriptedStore, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", store.address)
    store.will_reply(200, ANSWER)

    async with open_session(ELSEWHERE) as session:
        client = StoreClient(session, keys, ELSEWHERE, timeouts=QUICK)
        app = await client.get_app("9NBLGGH4R315")

    assert app == App("9NBLGGH4R315", "Contoso Mail")
    assert store.calls[0].headers["Host"] == "store.invalid"


@pytest.mark.parametrize("named", [True, False])
async def test_without_one_or_past_it_the_store_is_asked_itself(
    store: ScriptedStore, keys: Keys, monkeypatch: pytest.MonkeyPatch, *, named: bool
) -> None:
    if named:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
    store.will_reply(200, ANSWER)

    async with open_session(store.address) as session:
        client = StoreClient(session, keys, store.address, timeouts=QUICK)
        app = await client.get_app("9NBLGGH4R315")

    assert app.name == "Contoso Mail"
