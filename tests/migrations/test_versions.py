"""The migrations and the models tell the same story, and alembic's tools agree."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic import config as alembic_config
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url

from bot.db.migrate import locked_connection, migrate
from bot.db.models import Base
from bot.db.versions import configuration, head_version

ROOT = Path(__file__).resolve().parents[2]
SECRETS = ("secret", "token", "upload", "password", "url")


def alembic(folder: Path, url: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alembic", *words],
        cwd=folder,
        env={**os.environ, "DATABASE_URL": url},
        check=False,
        capture_output=True,
        text=True,
    )


def test_the_models_need_no_further_migration(migrated_url: str) -> None:
    # Tables of the engine may lie in the same database.
    with locked_connection(migrated_url) as connection:
        connection.execute(text("CREATE TABLE queues (id INTEGER)"))
        connection.commit()

    answer = alembic(ROOT, migrated_url, "check")

    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "No new upgrade operations detected" in answer.stdout


@pytest.mark.parametrize(
    "change",
    [
        "DROP INDEX ix_operations_open",
        "DROP INDEX ix_events_history",
        "ALTER TABLE operations DROP COLUMN correlation_id",
        "DROP TABLE deliveries",
    ],
)
def test_a_missing_migration_is_noticed(
    migrated_url: str,
    change: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with locked_connection(migrated_url) as connection:
        connection.execute(text(change))
        connection.commit()

    # The command line, without a process for each change.
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DATABASE_URL", migrated_url)
    with pytest.raises(SystemExit) as ended:
        alembic_config.main(["check"])

    assert ended.value.code != 0
    assert "New upgrade operations detected" in "".join(capsys.readouterr())


def test_the_way_down_leads_back_up(migrated_url: str) -> None:
    config = configuration()
    with locked_connection(migrated_url) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        connection.rollback()

    migrate(migrated_url)

    url = make_url(migrated_url)
    driver = "sqlite" if url.get_backend_name() == "sqlite" else url.drivername
    engine = create_engine(url.set(drivername=driver))
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_a_new_migration_states_the_rule_and_uses_plain_types(
    sqlite_url: str, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    for name in ("migrations", "bot"):
        shutil.copytree(ROOT / name, copy / name)
    shutil.copy(ROOT / "pyproject.toml", copy)
    for known in (copy / "migrations" / "versions").glob("*.py"):
        known.unlink()

    answer = alembic(
        copy, sqlite_url, "revision", "--autogenerate", "-m", "again", "--rev-id", "7"
    )

    assert answer.returncode == 0, answer.stdout + answer.stderr
    written = (copy / "migrations" / "versions" / "7_again.py").read_text()
    docstring = ast.get_docstring(ast.parse(written))
    assert docstring is not None
    assert "the version before this one runs against the new schema" in docstring
    assert "sa.DateTime(timezone=True)" in written
    assert "bot.db" not in written
    assert "down_revision: str | None = None" in written


def test_what_version_0_2_0_has_stored_and_still_stores_is_kept(
    database_url: str,
) -> None:
    config = configuration()
    noon = "'2026-11-21 12:00:00'"
    columns = (
        "workspace, channel, name, account, app_id, flight_id, app_name, added_by, "
        "added_at"
    )
    alias = (
        f"INSERT INTO aliases ({columns}) "  # noqa: S608 - no text of others is in it
        "VALUES ('T1', 'C{place}', '{name}', 'main', 'A', '', 'Mail', 'U1', "
        + noon
        + ")"
    )
    with locked_connection(database_url) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for place, name in ((1, "mail"), (1, "beta"), (2, "mail")):
            connection.execute(text(alias.format(place=place, name=name)))
        connection.commit()
        command.upgrade(config, "head")
        # The replica that is not replaced yet goes on writing.
        connection.execute(text(alias.format(place=1, name="late")))
        connection.commit()
        question = "SELECT channel, name, number FROM aliases ORDER BY channel, name"
        rows = connection.execute(text(question)).all()

    assert rows == [
        ("C1", "beta", 1),
        ("C1", "late", None),
        ("C1", "mail", 2),
        ("C2", "mail", 1),
    ]


def test_every_migration_states_the_rule() -> None:
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
        assert "the version before this one" in docstring, path


def test_no_column_is_meant_for_a_secret() -> None:
    for table in Base.metadata.tables.values():
        for column in table.columns:
            assert not any(word in column.name for word in SECRETS), column


def test_the_head_is_one() -> None:
    assert head_version() == "0006"
