"""A client of the local token authority, and an authority that answers oddly."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.domain.failures import StoreError
from bot.sandbox.authority import LocalAuthority
from bot.sandbox.certificate import certificate
from bot.store import Tokens
from tests.store.scripted_store import ScriptedStore

TENANT = "00000000-0000-4000-8000-000000000001"
CLIENT = "00000000-0000-4000-8000-000000000002"
SECRET = "not-a-secret&=+ ü"
HOUR = 3600


def tokens_of(authority: LocalAuthority, **changes: str | float | None) -> Tokens:
    known = authority.credentials
    settings: dict[str, Any] = {
        "tenant_id": known.tenant,
        "client_id": known.client,
        "client_secret": known.secret,
        "authority_host": authority.address,
        "ca_file": str(authority.ca_file),
        **changes,
    }
    return Tokens(**settings)


def tokens_from(odd: ScriptedStore, folder: Path, timeout: float = 20.0) -> Tokens:
    ca_file = str(certificate(folder).ca_file)
    return Tokens(TENANT, CLIENT, SECRET, odd.address, timeout=timeout, ca_file=ca_file)


def discovery(odd: ScriptedStore, **changes: object) -> bytes:
    base = f"{odd.address}/{TENANT}"
    found = {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "issuer": f"{base}/v2.0",
    }
    return json.dumps({**found, **changes}).encode()


async def failure_of(tokens: Tokens) -> StoreError:
    with pytest.raises(StoreError) as caught:
        await tokens.token()
    assert all(value.isprintable() for value in caught.value.detail.arguments.values())
    assert not caught.value.may_have_acted
    return caught.value
