"""Who may import whom: a folder is one outside dependency."""

import ast
import sys
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

BOT = Path(__file__).parents[2] / "bot"

ROOMS = frozenset({"config", "db", "domain", "engine", "service", "slack", "store"})

# A room may import itself and these. A room that is missing here fails a test.
ALLOWED: dict[str, frozenset[str]] = {
    "domain": frozenset(),
    "config": frozenset(),
    "logs": frozenset(),
    "store": frozenset({"domain"}),
    "db": frozenset({"domain"}),
    "service": frozenset({"domain"}),
    "engine": frozenset({"domain", "service"}),
    "slack": frozenset({"domain", "service"}),
    "sandbox": frozenset({"domain"}),
    "app": ROOMS,
    "doctor": ROOMS | {"app"},
    "process": frozenset({"app", "config"}),
    "__main__": ROOMS | {"app", "doctor", "logs", "process", "sandbox"},
}

# Beside the standard library, each room has its one outside dependency, and what
# that one stands on: Slack's client and the Store's speak over aiohttp, the engine
# keeps its books in the same databases as db.
LIBRARIES: dict[str, frozenset[str]] = {
    "domain": frozenset(),
    "service": frozenset(),
    "config": frozenset({"sqlalchemy"}),
    "logs": frozenset(),
    "store": frozenset({"aiohttp", "msal", "requests", "yarl"}),
    "db": frozenset({"alembic", "psycopg", "sqlalchemy"}),
    "engine": frozenset({"dbos", "psycopg", "sqlalchemy"}),
    "slack": frozenset({"aiohttp", "slack_bolt", "slack_sdk"}),
    "sandbox": frozenset({"aiohttp", "cryptography", "trustme"}),
    "app": frozenset({"aiohttp", "slack_bolt", "slack_sdk"}),
    "doctor": frozenset({"aiohttp", "slack_sdk"}),
    "process": frozenset(),
    "__main__": frozenset({"dotenv"}),
}

STRANGERS = ("db", "store", "engine", "slack")


def room_of(path: Path) -> str:
    """Name the room of a file: its folder, or the file itself beside the folders."""
    first, *rest = path.relative_to(BOT).parts
    return first if rest else path.stem


def imported(source: str) -> Iterator[str]:
    """Give every dotted name that a source imports, wherever in it that stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (f"{module}.{alias.name}" for alias in node.names)


def imports_of(room: str) -> set[tuple[str, str]]:
    """Give the pairs of a file and a dotted name that the room's files import."""
    return {
        (str(path.relative_to(BOT.parent)), name)
        for path in BOT.rglob("*.py")
        if room_of(path) == room
        for name in imported(path.read_text(encoding="utf-8"))
    }


def forbidden(room: str) -> set[tuple[str, str]]:
    """Give what the room imports of ours and may not; a relative import never may."""
    allowed = ALLOWED[room] | {room}
    return {
        (path, name)
        for path, name in imports_of(room)
        if name.startswith(".")
        or (name.startswith("bot.") and name.split(".")[1] not in allowed)
    }


def test_every_room_stands_in_the_tables() -> None:
    rooms = {room_of(path) for path in BOT.rglob("*.py")} - {"__init__"}

    assert rooms == set(ALLOWED) == set(LIBRARIES)


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_the_rooms_that_it_may(room: str) -> None:
    assert imports_of(room)
    assert forbidden(room) == set()


@pytest.mark.parametrize(("one", "other"), list(permutations(STRANGERS, 2)))
def test_strangers_never_see_each_other(one: str, other: str) -> None:
    assert other not in ALLOWED[one]
    assert not [name for _, name in imports_of(one) if name.startswith(f"bot.{other}")]


def test_the_bot_does_not_know_of_the_sandbox() -> None:
    knowing = {room for room, rooms in ALLOWED.items() if "sandbox" in rooms}

    assert knowing == {"__main__"}


@pytest.mark.parametrize("room", LIBRARIES)
def test_a_room_uses_no_library_but_its_own(room: str) -> None:
    known = LIBRARIES[room] | sys.stdlib_module_names | {"bot"}

    assert [
        (path, name)
        for path, name in sorted(imports_of(room))
        if name.split(".")[0] not in known
    ] == []


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("msal", {"store"}),
        ("dbos", {"engine"}),
        ("slack_bolt", {"slack", "app"}),
        ("slack_sdk", {"slack", "app", "doctor"}),
        ("dotenv", {"__main__"}),
    ],
)
def test_an_outside_dependency_has_one_folder(library: str, rooms: set[str]) -> None:
    assert {room for room, known in LIBRARIES.items() if library in known} == rooms


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import bot.store.client", ["bot.store.client"]),
        ("from bot import store, slack", ["bot.store", "bot.slack"]),
        ("from bot.store import client", ["bot.store.client"]),
        ("def f():\n    import bot.db as d", ["bot.db"]),
        ("if TYPE_CHECKING:\n    from bot.db import models", ["bot.db.models"]),
        ("from ..store import client", ["..store.client"]),
    ],
)
def test_no_form_of_import_escapes_the_table(source: str, names: list[str]) -> None:
    assert list(imported(source)) == names
