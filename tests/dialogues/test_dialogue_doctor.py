"""`python -m bot doctor`: each broken thing is named, with the way to mend it."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import insert

from bot.config import Settings
from bot.db.plan_statements import PLANS
from bot.db.plans import plan_values
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.doctor import examine
from bot.domain.events import EventKind
from bot.domain.looks import after_failure
from bot.domain.notices import Notice
from bot.domain.requests import Alias, Place
from bot.domain.results import Result
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.watching import WatchedTarget, change_event
from bot.sandbox.server import Sandbox
from bot.sandbox.slack.directory import DEFAULT_SCOPES
from bot.sandbox.store.faults import Fault
from bot.sandbox.store.seed import MAIL
from tests.db.sample_requests import DONE, LATER, ROLLOUT, UNKNOWN, authorised
from tests.dialogues.bot_process import environment, run
from tests.fakes.plans import started
from tests.slack_users import IN_GENERAL, IN_MAIL, TEAM

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLOSED_PORT = "postgresql://bot:not-a-secret@127.0.0.1:9/rollout"
OTHER_TENANT = "11111111-1111-4111-8111-111111111111"


@pytest_asyncio.fixture(loop_scope="module")
async def env(
    sandbox: Sandbox, migrated_sqlite_url: str
) -> AsyncIterator[dict[str, str]]:
    """The settings of a bot for which all is in order, in the channel of its alias."""
    database = Database(migrated_sqlite_url)
    alias = Alias("mail", Target("main", MAIL), "Contoso Mail", added_by="U0ANN")
    aliases = SqlRepositories(database).aliases
    await aliases.add_alias(Place(TEAM, IN_MAIL), alias, LATER)
    await database.close()
    yield environment(sandbox, Path(), DATABASE_URL=migrated_sqlite_url)
    sandbox.store.reset()
    sandbox.slack.workspace.scopes = set(DEFAULT_SCOPES)
    sandbox.slack.workspace.faults.clear()


async def report(env: dict[str, str]) -> tuple[bool, str]:
    """Let the doctor look; gives whether all is well, and the report."""
    lines: list[str] = []
    healthy = await examine(env, lines.append)
    for line in lines:
        assert "not-a-secret" not in line
    return healthy, "\n".join(lines)


async def test_all_that_is_in_order_is_said_so(env: dict[str, str]) -> None:
    healthy, said = await report(env)

    assert healthy
    assert "BAD" not in said
    for part in ("settings", "database", "Microsoft sign-in", "Store", "Slack", "Sock"):
        assert f"ok   {part}" in said
    assert "Contoso Mail" in said
    since = f"{LATER:%Y-%m-%d %H:%M} UTC"
    assert f"ok   log of events: 1 events since {since}; kept for good" in said
    assert said.endswith("No problem was found.")


async def test_how_long_events_are_kept_is_said(env: dict[str, str]) -> None:
    _, said = await report({**env, "EVENT_RETENTION_DAYS": "90"})

    assert "ok   log of events: 1 events since " in said
    assert "; kept for 90 days" in said


async def test_signed_http_is_what_only_slack_can_test(env: dict[str, str]) -> None:
    del env["SLACK_APP_TOKEN"]
    healthy, said = await report(env)

    assert healthy
    assert "note Slack delivery: signed HTTP" in said


@pytest.mark.parametrize(
    ("name", "value", "bad", "mend"),
    [
        ("AZURE_CLIENT_SECRET", "wrong", "Microsoft sign-in", "AZURE_CLIENT_SECRET"),
        ("AZURE_TENANT_ID", OTHER_TENANT, "Microsoft sign-in", "AZURE_TENANT_ID"),
        ("AZURE_CLIENT_ID", OTHER_TENANT, "Microsoft sign-in", "AZURE_CLIENT_ID"),
        (
            "AZURE_AUTHORITY_HOST",
            "https://127.0.0.1:9",
            "Microsoft sign-in",
            "AZURE_AUTHORITY_HOST",
        ),
        ("STORE_API_URL", "http://127.0.0.1:9", "Store", "Try again"),
        ("SLACK_BOT_TOKEN", "xoxb-wrong", "Slack", "SLACK_BOT_TOKEN is wrong"),
        ("SLACK_API_URL", "http://127.0.0.1:9/", "Slack", "and SLACK_API_URL, then"),
        ("SLACK_APP_TOKEN", "xapp-wrong", "Socket Mode", "connections:write"),
        ("DATABASE_URL", CLOSED_PORT, "database", "Check DATABASE_URL, and that"),
        ("CONFIRM_MINUTES", "0", "settings", ".env.example"),
    ],
)
async def test_a_wrong_setting_is_found_and_the_way_to_mend_it_named(
    env: dict[str, str], name: str, value: str, bad: str, mend: str
) -> None:
    healthy, said = await report({**env, name: value})

    assert not healthy
    [line] = [line for line in said.splitlines() if line.startswith("BAD ")]
    assert line.startswith(f"BAD  {bad}: ")
    assert mend in said.splitlines()[said.splitlines().index(line) + 1]


@pytest.mark.parametrize("scope", ["app_mentions:read", "chat:write", "commands"])
async def test_a_missing_scope_is_named(
    sandbox: Sandbox, env: dict[str, str], scope: str
) -> None:
    sandbox.slack.workspace.scopes.discard(scope)
    healthy, said = await report(env)

    assert not healthy
    assert f"BAD  Slack scopes: the token lacks the scopes {scope}" in said
    assert "install it again" in said


async def test_an_optional_scope_that_is_missing_is_no_problem(
    sandbox: Sandbox, env: dict[str, str]
) -> None:
    sandbox.slack.workspace.scopes -= {"channels:history", "groups:history"}
    healthy, said = await report(env)

    assert healthy
    lacks = "the token lacks the optional scopes channels:history, groups:history"
    assert f"note Slack scopes: {lacks}" in said
    assert "posts a result a second time" in said
    unknown = "whether the bot is in it is not known without channels:history"
    assert f"note channel {IN_MAIL}: {unknown}" in said


async def test_a_scope_of_the_home_tab_that_is_missing_is_no_problem(
    sandbox: Sandbox, env: dict[str, str]
) -> None:
    sandbox.slack.workspace.scopes -= {"channels:read", "groups:read"}
    healthy, said = await report(env)

    assert healthy
    lacks = "the token lacks the optional scopes channels:read, groups:read"
    assert f"note Slack scopes: {lacks}" in said
    assert "the Home tab lists no rollouts of these" in said
    assert "posts a result a second time" not in said


@pytest.mark.parametrize("granted", [True, False])
async def test_on_enterprise_grid_the_doctor_asks_to_read_who_people_are(
    sandbox: Sandbox, env: dict[str, str], *, granted: bool
) -> None:
    workspace = sandbox.slack.workspace
    teams, home = workspace.directory.teams, workspace.directory.home
    teams[home.id] = replace(home, organisation="E0CONTOSO")
    if not granted:
        workspace.scopes.discard("users:read")
    healthy, said = await report(env)
    teams[home.id] = home

    assert healthy
    assert ("note Slack scopes" in said) is not granted
    assert ("Enterprise Grid" in said) is not granted


async def test_without_enterprise_grid_only_rules_need_to_know_who_people_are(
    sandbox: Sandbox, env: dict[str, str]
) -> None:
    sandbox.slack.workspace.scopes.discard("users:read")
    healthy, said = await report(env)

    assert healthy
    assert "note Slack scopes: the token lacks the optional scopes users:read" in said
    assert "a rule that needs to know a person cannot be met" in said
    assert said.count("Slack scopes") == 1
    assert "Enterprise Grid" not in said


async def test_user_groups_are_counted(env: dict[str, str]) -> None:
    healthy, said = await report(env)

    assert healthy
    assert "ok   user groups: found: 1" in said


async def test_without_the_scope_for_user_groups_they_are_not_asked_for(
    sandbox: Sandbox, env: dict[str, str]
) -> None:
    sandbox.slack.workspace.scopes.discard("usergroups:read")
    before = len(sandbox.slack.calls("usergroups.list"))
    healthy, said = await report(env)

    assert healthy
    lacks = "the token lacks the optional scopes usergroups:read"
    assert f"note Slack scopes: {lacks}" in said
    assert "without it a rule can name people only" in said
    assert len(sandbox.slack.calls("usergroups.list")) == before


async def test_a_plan_without_user_groups_is_told_in_words(
    sandbox: Sandbox, env: dict[str, str]
) -> None:
    sandbox.slack.directory_actions.change_plan(free=True)
    healthy, said = await report(env)
    sandbox.slack.directory_actions.change_plan(free=False)

    assert healthy
    plan = "this workspace's plan has none (plan_upgrade_required)"
    assert f"note user groups: {plan}" in said
    assert "User groups need a paid plan of Slack" in said


async def test_user_groups_that_cannot_be_read_are_tried_again(
    sandbox: Sandbox, env: dict[str, str]
) -> None:
    sandbox.slack.arm("usergroups.list", "internal_error")
    healthy, said = await report(env)

    assert healthy
    assert "note user groups: cannot be read: Slack failed (internal_error)" in said
    assert "Try again in a minute" in said


async def test_scopes_that_slack_does_not_tell_are_not_called_missing(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.client.diagnostics._SCOPES", "x-not-sent")
    healthy, said = await report(env)

    assert healthy
    assert "note Slack scopes: not known" in said
    assert "lacks" not in said


async def test_a_channel_with_aliases_that_the_bot_is_not_in_is_named(
    env: dict[str, str],
) -> None:
    database = Database(env["DATABASE_URL"])
    alias = Alias("mail", Target("main", MAIL), "Contoso Mail", added_by="U0ANN")
    aliases = SqlRepositories(database).aliases
    await aliases.add_alias(Place(TEAM, IN_GENERAL), alias, LATER)
    await database.close()
    healthy, said = await report(env)

    assert not healthy
    assert f"BAD  channel {IN_GENERAL}: has aliases, but the bot is not in it" in said
    assert "/invite @Rollout" in said
    assert f"BAD  channel {IN_MAIL}" not in said


async def test_a_database_that_is_not_migrated_is_named(
    env: dict[str, str], tmp_path: Path
) -> None:
    fresh = f"sqlite:///{tmp_path / 'fresh.db'}"
    healthy, said = await report({**env, "DATABASE_URL": fresh})

    assert not healthy
    assert "BAD  database: " in said
    assert "Run: python -m bot migrate" in said


@pytest.mark.parametrize(
    ("operation", "fault", "words"),
    [
        ("token", Fault.EXPIRED_SECRET, "AZURE_CLIENT_SECRET has expired"),
        ("apps", Fault.FORBIDDEN, "lacks the Manager role"),
        ("apps", Fault.ACCOUNT_REFUSED, "not allowed to use the submission API"),
        ("apps", Fault.HTML_BODY, "in a form that the bot does not know"),
    ],
)
async def test_what_microsoft_refuses_is_told_in_its_cause(
    sandbox: Sandbox, env: dict[str, str], operation: str, fault: Fault, words: str
) -> None:
    sandbox.store.arm(operation, fault, -1)
    healthy, said = await report(env)

    assert not healthy
    assert words in said
    assert "Try again" not in said


async def test_a_certificate_that_is_not_trusted_is_not_to_be_tried_again(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    healthy, said = await report(env)

    assert not healthy
    assert "BAD  Microsoft sign-in: sign_in_untrusted" in said
    assert "the file of certificates in REQUESTS_CA_BUNDLE" in said
    assert "Try again" not in said


@pytest.mark.parametrize(
    ("name", "subject"), [("STORE_API_URL", "Store"), ("SLACK_API_URL", "Slack")]
)
async def test_an_address_whose_certificate_is_not_trusted_is_not_to_be_tried_again(
    env: dict[str, str], name: str, subject: str
) -> None:
    # Only the sign-in is told to trust the certificate of the sandbox.
    healthy, said = await report({**env, name: env["AZURE_AUTHORITY_HOST"]})

    assert not healthy
    assert f"BAD  {subject}: " in said
    assert "does not trust the certificate of 127.0.0.1" in said
    assert "SSL_CERT_FILE" in said
    assert name in said
    assert "Try again" not in said


@pytest.fixture
def copied(env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The same settings with a copy of the database: its engine's file is missing."""
    copy = tmp_path / "copy.db"
    shutil.copy(Path(env["DATABASE_URL"].partition(":///")[2]), copy)
    return {**env, "DATABASE_URL": f"sqlite:///{copy}"}


async def test_an_engines_file_that_is_broken_is_named(
    copied: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "copy.engine.db").write_bytes(b"no database at all" * 100)

    healthy, said = await report(copied)

    assert not healthy
    assert "BAD  operations: cannot be read: file is not a database" in said


@pytest.mark.parametrize(
    ("result", "mark", "words"),
    [
        (DONE, "note", "failed, started again and finished: 1"),
        (UNKNOWN, "BAD ", "failed for good: 1"),
    ],
)
async def test_what_was_given_up_is_told_from_what_was_made_good(
    copied: dict[str, str], tmp_path: Path, result: Result, mark: str, words: str
) -> None:
    settings = Settings.from_env(copied)
    database = Database(settings.database_url)
    repositories = SqlRepositories(database)
    operation = (await authorised(repositories)).operation
    assert operation is not None
    await repositories.operations.finish_operation(operation, result, LATER)
    await repositories.operations.close_operation("r1", LATER)
    await database.close()
    with closing(sqlite3.connect(tmp_path / "copy.engine.db")) as engine, engine:
        engine.execute("CREATE TABLE workflow_status (workflow_uuid, status)")
        engine.executemany(
            "INSERT INTO workflow_status VALUES (?, ?)",
            [("r1:follow:0", "ERROR"), ("r1", "SUCCESS"), ("r2", "SUCCESS")],
        )

    healthy, said = await report(copied)

    assert healthy == (mark == "note")
    assert f"{mark} operations: {words}" in said


@pytest_asyncio.fixture(loop_scope="module")
async def watched(env: dict[str, str]) -> AsyncIterator[SqlRepositories]:
    """The repositories of a bot that has claimed the look at the app of its alias."""
    database = Database(env["DATABASE_URL"])
    repositories = SqlRepositories(database)
    await repositories.watching.follow(datetime.now(UTC))
    yield repositories
    await database.close()


async def claim(watched: SqlRepositories) -> WatchedTarget:
    [claimed] = await watched.watching.claim_looks(datetime.now(UTC), 1)
    return claimed


async def tell(watched: SqlRepositories, at: datetime) -> Notice:
    """Let a look find a change that is to be told since then."""
    before = await claim(watched)
    ref = SubmissionRef(before.target, "1")
    seen = Snapshot(ref, "Contoso Mail", None, ROLLOUT)
    after = replace(before, seen=seen, looked_at=at, version=before.version + 1)
    event = change_event(EventKind.PERCENTAGE_CHANGED, before, seen, at)
    later = datetime.now(UTC) + timedelta(hours=1)
    assert await watched.watching.save_look(
        before, after, event, later, datetime.now(UTC)
    )
    [notice] = await watched.notices.claim_notices(datetime.now(UTC), 1)
    return notice


async def test_what_is_watched_in_time_is_in_order(
    env: dict[str, str], watched: SqlRepositories
) -> None:
    assert watched
    healthy, said = await report(env)

    assert healthy
    assert "ok   watching: targets followed: 1" in said
    assert "ok   notices: waiting: 0" in said


async def test_a_look_that_is_late_is_noted(
    env: dict[str, str], watched: SqlRepositories
) -> None:
    claimed = await claim(watched)
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1, minutes=5)
    await watched.watching.fail_look(
        after_failure(claimed, an_hour_ago), an_hour_ago, an_hour_ago
    )
    healthy, said = await report(env)

    assert healthy
    found = "targets followed: 1; the longest overdue: 65 minutes"
    assert f"note watching: {found}" in said
    assert "Check that the bot runs" in said
    since = f"{an_hour_ago:%Y-%m-%d %H:%M} UTC"
    assert f"note watching: cannot be read: 1 ({MAIL} since {since})" in said
    assert "The bot tries again by itself" in said


@pytest.mark.parametrize(
    ("minutes", "mark", "late"),
    [(5, "ok  ", ""), (65, "note", "; the longest overdue step: 65 minutes")],
)
async def test_ramps_are_counted_and_a_step_that_is_late_is_noted(
    env: dict[str, str], minutes: int, mark: str, late: str
) -> None:
    at = datetime.now(UTC) - timedelta(minutes=minutes, seconds=5)
    database = Database(env["DATABASE_URL"])
    await database.run(insert(PLANS), plan_values(started(at=at)))
    await database.close()

    healthy, said = await report(env)

    assert healthy
    assert f"{mark} ramps: live: 1; held for a person: 0{late}\n" in said


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        ("is_archived", "Unarchive the channel"),
        ("not_in_channel", "/invite @Rollout"),
        ("restricted_action", "Let the app post in that channel"),
    ],
)
async def test_a_channel_that_takes_no_notice_is_named_with_its_reason(
    env: dict[str, str], watched: SqlRepositories, code: str, fix: str
) -> None:
    at = datetime.now(UTC)
    notice = await tell(watched, at)
    await watched.notices.refuse_notice(notice, code, at)
    healthy, said = await report(env)

    assert not healthy
    since = f"{at:%Y-%m-%d %H:%M} UTC"
    lines = said.splitlines()
    blocked = lines.index(
        f"BAD  channel {IN_MAIL}: cannot be told since {since}: {code}"
    )
    assert fix in lines[blocked + 1]
    assert "the next change is told there again" in lines[blocked + 1]
    assert "ok   notices: waiting: 0" in said


async def test_notices_that_wait_are_noted_with_the_age_of_the_oldest(
    env: dict[str, str], watched: SqlRepositories
) -> None:
    await tell(watched, datetime.now(UTC) - timedelta(minutes=11))
    healthy, said = await report(env)

    assert healthy
    assert "note notices: waiting: 1; the oldest for 11 minutes" in said
    assert "They are posted once the bot runs" in said


@pytest.mark.parametrize(
    ("minutes", "words"), [(2, "seconds ahead of"), (-2, "seconds behind")]
)
async def test_a_clock_that_is_wrong_is_named(
    env: dict[str, str], minutes: float, words: str
) -> None:
    lines: list[str] = []

    def wrong() -> datetime:
        return datetime.now(UTC) + timedelta(minutes=minutes)

    assert not await examine(env, lines.append, wrong)
    found = [line for line in lines if line.startswith("BAD")]
    assert all(line.startswith("BAD  clock: 1") for line in found)
    assert len(found) == 2
    assert found[0].endswith(f"{words} the Store's")
    assert found[1].endswith(f"{words} Slack's")


async def test_half_a_minute_is_too_much_for_slack_alone(env: dict[str, str]) -> None:
    lines: list[str] = []

    def wrong() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=30)

    assert not await examine(env, lines.append, wrong)
    (found,) = [line for line in lines if line.startswith("BAD")]
    assert found.endswith("seconds ahead of Slack's")


async def test_every_missing_setting_is_named_by_the_doctor_too() -> None:
    healthy, said = await report({})

    assert not healthy
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "AZURE_CLIENT_SECRET"):
        assert f"BAD  settings: {name} is missing" in said


async def test_several_broken_things_are_all_named(env: dict[str, str]) -> None:
    broken = {
        "AZURE_CLIENT_SECRET": "wrong",
        "SLACK_APP_TOKEN": "xapp-wrong",
        "DATABASE_URL": CLOSED_PORT,
    }
    healthy, said = await report({**env, **broken})

    assert not healthy
    for bad in ("database", "Microsoft sign-in", "Socket Mode"):
        assert f"BAD  {bad}: " in said


@pytest.mark.parametrize(("secret", "status"), [(None, 0), ("wrong", 1)])
async def test_the_exit_status_tells_whether_all_is_in_order(
    env: dict[str, str], tmp_path: Path, secret: str | None, status: int
) -> None:
    if secret is not None:
        env["AZURE_CLIENT_SECRET"] = secret
    ended = await run("doctor", env=env, folder=tmp_path)

    assert ended.status == status
    assert ("BAD" in ended.out) == bool(status)
    assert "Traceback" not in ended.err
