"""Who may import whom: a folder is one outside dependency."""

import ast
import sys
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

BOT = Path(__file__).parents[2] / "bot"

PACKAGES = frozenset(
    {"config", "db", "domain", "engine", "service", "slack", "store", "web"}
)

# A package may import itself and these. A package that is missing here fails a test.
ALLOWED: dict[str, frozenset[str]] = {
    "domain": frozenset(),
    "config": frozenset(),
    "logs": frozenset({"domain"}),
    "store": frozenset({"domain"}),
    "db": frozenset({"domain"}),
    "service": frozenset({"domain", "__version__"}),
    "engine": frozenset({"domain", "service"}),
    "slack": frozenset({"domain", "service"}),
    "sandbox": frozenset(),
    "web": frozenset(),
    "health": frozenset({"domain", "slack", "store"}),
    "metrics": frozenset({"db", "domain", "web", "__version__"}),
    "options": frozenset({"engine", "service", "slack", "store"}),
    "app": PACKAGES | {"health", "metrics", "options"},
    "doctor": PACKAGES | {"app"},
    "process": frozenset({"app", "config", "options", "__version__"}),
    "sandbox_command": frozenset(
        {"config", "db", "engine", "logs", "options", "process", "sandbox"}
    ),
    "audit_command": frozenset({"config", "db", "logs"}),
    "__main__": PACKAGES
    | {
        "audit_command",
        "doctor",
        "logs",
        "process",
        "sandbox",
        "sandbox_command",
        "__version__",
    },
}

# Beside the standard library, each package has its one outside dependency, and what
# that one is based on: Slack's client and the Store's use aiohttp, and the engine
# stores its rows in the same kinds of database as db.
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
    "web": frozenset({"aiohttp"}),
    "health": frozenset({"aiohttp"}),
    "metrics": frozenset({"aiohttp", "prometheus_client"}),
    "options": frozenset(),
    "app": frozenset({"aiohttp", "slack_bolt", "slack_sdk"}),
    "doctor": frozenset({"aiohttp", "slack_sdk"}),
    "process": frozenset(),
    "sandbox_command": frozenset(),
    "audit_command": frozenset({"sqlalchemy"}),
    "__main__": frozenset({"dotenv"}),
}

SEPARATE = ("db", "store", "engine", "slack")


def package_of(path: Path) -> str:
    """Name the package of a file: its folder, or the file itself beside the folders."""
    first, *rest = path.relative_to(BOT).parts
    return first if rest else path.stem


def imported(source: str) -> Iterator[str]:
    """Return every dotted name that a source imports, on any level of it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (f"{module}.{alias.name}" for alias in node.names)


def imports_of(package: str) -> set[tuple[str, str]]:
    """Return the pairs of a file and a dotted name that the package's files import."""
    return {
        (str(path.relative_to(BOT.parent)), name)
        for path in BOT.rglob("*.py")
        if package_of(path) == package
        for name in imported(path.read_text(encoding="utf-8"))
    }


def forbidden(package: str) -> set[tuple[str, str]]:
    """Return the imports that break the table; a relative one always does."""
    allowed = ALLOWED[package] | {package}
    return {
        (path, name)
        for path, name in imports_of(package)
        if name.startswith(".")
        or (name.startswith("bot.") and name.split(".")[1] not in allowed)
    }


def test_every_package_stands_in_the_tables() -> None:
    packages = {package_of(path) for path in BOT.rglob("*.py")} - {"__init__"}

    assert packages == set(ALLOWED) == set(LIBRARIES)


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_the_packages_that_it_may(package: str) -> None:
    assert imports_of(package)
    assert forbidden(package) == set()


@pytest.mark.parametrize(("one", "other"), list(permutations(SEPARATE, 2)))
def test_separate_packages_never_see_each_other(one: str, other: str) -> None:
    assert other not in ALLOWED[one]
    assert not [name for _, name in imports_of(one) if name.startswith(f"bot.{other}")]


# Inside the Slack package: which of its folders may import which.
INSIDE_SLACK: dict[str, frozenset[str]] = {
    "ids": frozenset(),
    "messages": frozenset({"ids"}),
    "client": frozenset({"ids"}),
    "inbound": frozenset({"client", "ids"}),
    "outbox": frozenset({"client", "ids", "messages"}),
    "listeners": frozenset({"client", "ids", "inbound", "messages", "outbox"}),
}


def test_every_folder_of_the_slack_package_is_in_the_table() -> None:
    slack = BOT / "slack"
    names = {path.relative_to(slack).parts[0] for path in slack.rglob("*.py")}

    assert {name.removesuffix(".py") for name in names} - {"__init__"} == set(
        INSIDE_SLACK
    )


@pytest.mark.parametrize("folder", INSIDE_SLACK)
def test_a_folder_of_the_slack_package_imports_the_folders_that_it_may(
    folder: str,
) -> None:
    allowed = INSIDE_SLACK[folder] | {folder}
    own = [
        (path, name)
        for path, name in imports_of("slack")
        if path.split("/")[2].removesuffix(".py") == folder
    ]

    assert own
    assert [
        (path, name)
        for path, name in own
        if name.startswith("bot.slack.") and name.split(".")[2] not in allowed
    ] == []


def test_the_bot_does_not_know_of_the_sandbox() -> None:
    knowing = {
        package for package, packages in ALLOWED.items() if "sandbox" in packages
    }

    assert knowing == {"__main__", "sandbox_command"}


@pytest.mark.parametrize("package", LIBRARIES)
def test_a_package_uses_no_library_but_its_own(package: str) -> None:
    known = LIBRARIES[package] | sys.stdlib_module_names | {"bot"}

    assert [
        (path, name)
        for path, name in sorted(imports_of(package))
        if name.split(".")[0] not in known
    ] == []


@pytest.mark.parametrize(
    ("library", "packages"),
    [
        ("msal", {"store"}),
        ("dbos", {"engine"}),
        ("slack_bolt", {"slack", "app"}),
        ("slack_sdk", {"slack", "app", "doctor"}),
        ("dotenv", {"__main__"}),
        ("prometheus_client", {"metrics"}),
    ],
)
def test_an_outside_dependency_has_one_folder(library: str, packages: set[str]) -> None:
    assert {
        package for package, known in LIBRARIES.items() if library in known
    } == packages


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


def test_a_running_bot_does_not_import_the_sandbox_or_the_doctor() -> None:
    """The sandbox and the doctor take 11 MB, which a running bot must not have."""
    tree = ast.parse((BOT / "__main__.py").read_text(encoding="utf-8"))
    at_once = {
        name
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imported(ast.unparse(node))
    }

    assert not [name for name in at_once if name.startswith("bot.doctor")]
    assert not [name for name in at_once if name.startswith("bot.sandbox_command")]
    assert {name for name in at_once if name.startswith("bot.sandbox.")} == {
        "bot.sandbox.folder.FolderError",
        "bot.sandbox.json_state.StateUnreadableError",
        "bot.sandbox.ports.IMPOSSIBLE",
        "bot.sandbox.ports.LAST_PORT",
        "bot.sandbox.ports.PORT",
        "bot.sandbox.ports.PortError",
    }
