"""No module of the sandbox imports itself through others, not even for types."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(source: str, known: set[str]) -> Iterator[str]:
    """Yield the known modules that a source imports, wherever the import is.

    `from package import name` is an import of the module `package.name` if there is
    one, and of the package otherwise.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import hides its module"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if name in known:
                    yield name
                elif node.module in known:
                    yield node.module


def circle(sources: dict[str, str]) -> list[str]:
    """Return the modules of one import circle, the first again at the end."""
    known = set(sources)
    graph = {name: set(imported(text, known)) for name, text in sources.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_the_modules_of_the_sandbox_import_each_other_in_no_circle() -> None:
    sources = {
        module_name(path): path.read_text(encoding="utf-8")
        for path in (ROOT / "bot" / "sandbox").rglob("*.py")
    }

    assert {"bot.sandbox", "bot.sandbox.store", "bot.sandbox.slack"} <= set(sources)
    assert circle(sources) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("from p import b", "from p.a import x"),
        ("import p.b", "def f():\n    from p import a"),
        ("from p.b import y", "if TYPE_CHECKING:\n    from p.a import x"),
    ],
)
def test_a_circle_is_found_wherever_its_imports_are(first: str, second: str) -> None:
    assert set(circle({"p.a": first, "p.b": second})) == {"p.a", "p.b"}
    assert circle({"p.a": first, "p.b": "import p.c", "p.c": ""}) == []


def test_a_package_that_its_own_module_imports_is_a_circle() -> None:
    sources = {"p": "from p.a import x", "p.a": "from p import x"}

    assert set(circle(sources)) == {"p", "p.a"}
    assert circle({"p": "from p.a import x", "p.a": "from p import b", "p.b": ""}) == []
