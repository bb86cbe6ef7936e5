"""What CI runs is pinned, and something watches the pins."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2] / ".github"
USES = re.compile(r"uses:\s*(\S+)")
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def test_every_action_of_the_workflows_is_named_by_its_commit() -> None:
    """Weakness 23: they were named by tags, which can be moved to other code."""
    files = [*(ROOT / "workflows").glob("*.y*ml")]
    actions = [name for file in files for name in USES.findall(file.read_text())]

    assert actions
    assert [name for name in actions if not PINNED.fullmatch(name)] == []


def test_an_updater_watches_packages_and_actions_and_an_audit_runs() -> None:
    """Weakness 23: nothing watched the pins."""
    updater = (ROOT / "dependabot.yml").read_text()
    workflows = "".join(file.read_text() for file in (ROOT / "workflows").iterdir())

    assert "package-ecosystem: pip" in updater
    assert "package-ecosystem: github-actions" in updater
    for name in ("requirements.txt", "tests/requirements.txt"):
        assert f"pip-audit --require-hashes --disable-pip -r {name}" in workflows
