"""Log lines: no secret in any form, no forged line, and no flood."""

import json
import logging
from urllib.parse import quote, quote_plus

import pytest
from sqlalchemy.engine import make_url

from bot import logs
from bot.config import Settings, database_secrets, migration_settings
from bot.engine.engine import engine_url

PASSWORD = "p ss/w@rd:%+ü"
ENCODED = "p%20ss%2Fw%40rd%3A%25%2B%C3%BC"
URL = f"postgresql://bot:{ENCODED}@db.example/rollout?sslpassword=key-not-a-secret"
ENV = {
    "SLACK_BOT_TOKEN": "xoxb-not-a-real-token",
    "SLACK_APP_TOKEN": "xapp-not-a-real-token",
    "AZURE_TENANT_ID": "contoso.onmicrosoft.com",
    "AZURE_CLIENT_ID": "00000000-0000-0000-0000-000000000001",
    "AZURE_CLIENT_SECRET": "not/a~real+client secret",
    "DATABASE_URL": URL,
}
FORGED = "fine\n2026-01-01 00:00:00,000 INFO    bot: approved\r\x1b[2K\x85\u2028\u202e"


@pytest.fixture(params=["text", "json"])
def form(request: pytest.FixtureRequest) -> str:
    """Both forms of log lines."""
    return str(request.param)


def written(form: str, secrets: tuple[str, ...], message: str) -> str:
    """Return what a message becomes that has a traceback with the same message."""
    formatter = (
        logs._JsonFormatter(secrets)
        if form == "json"
        else logs._RedactingFormatter(secrets, logs._TEXT)
    )
    error = (ValueError, ValueError(message), None)
    record = logging.LogRecord("bot", logging.INFO, "", 0, "%s", (message,), error)
    return formatter.format(record)


def forms_of_the_address(url: str) -> dict[str, str]:
    """Return the address of the database as each library writes it."""
    parsed = make_url(url)
    return {
        "given": URL,
        "ours": parsed.render_as_string(hide_password=False),
        "dbos": engine_url(parsed).render_as_string(hide_password=False),
        "libpq": f"host=db.example password='{PASSWORD}'",
        "encoded": ENCODED,
        "lower case": ENCODED.lower(),
        "form": f"p={quote_plus(PASSWORD)}",
        "raw": PASSWORD,
        "its key": "key-not-a-secret",
    }


def test_the_password_of_the_database_is_redacted_in_every_form(form: str) -> None:
    """Weakness 15: the bare password and dbos' form of the address were logged."""
    settings = Settings.from_env(ENV)
    for secrets in (
        settings.secrets,
        database_secrets(migration_settings(ENV)[0]),
    ):
        for name, text in forms_of_the_address(settings.database_url).items():
            line = written(form, secrets, text)

            assert "***" in line, name
            for secret in (PASSWORD, ENCODED, "ss/w", "ss%2", "key-not"):
                assert secret.lower() not in line.lower(), name


def test_other_secrets_are_redacted_as_addresses_and_forms_encode_them(
    form: str,
) -> None:
    """Weakness 15: only the plain form of a secret was redacted."""
    secret = ENV["AZURE_CLIENT_SECRET"]
    secrets = Settings.from_env(ENV).secrets

    for text in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret)):
        line = written(form, secrets, f"client_secret={text}&grant_type=x")
        assert "client_secret=***&grant_type=x" in line


def test_a_line_break_in_a_message_begins_no_line(form: str) -> None:
    """Weakness 16: whoever chose a text that is logged could forge lines."""
    lines = written(form, (), FORGED).splitlines()

    if form == "json":
        (line,) = lines
        assert json.loads(line)["message"] == FORGED
    first, *others = lines
    assert "approved" in first
    # What follows is the traceback, and cannot be taken for a line of its own.
    assert all(line.startswith("    ") for line in others)


def test_no_control_character_reaches_the_log(form: str) -> None:
    """Weakness 16: a terminal that shows the log obeyed them."""
    characters = {
        *map(chr, (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)),
        *map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))),
    }

    line = written(form, (), "".join(sorted(characters)))

    assert not characters & set(line.replace("\n    ", ""))


def test_a_kind_of_line_passes_a_few_times_a_minute_and_the_rest_is_counted() -> None:
    """Weakness 3: 4.5 million lines were written."""
    now = 0.0
    limit = logs.RepeatLimit(lambda: now)

    passed = [limit.filter(refused(f"10.0.0.{n % 250}")) for n in range(1000)]
    now = 61.0
    next_one = refused("10.0.0.7")

    assert passed == [True] * 5 + [False] * 995
    assert limit.filter(next_one)
    assert next_one.getMessage() == (
        "a request of 10.0.0.7 was refused (995 more like this were not logged)"
    )


def test_lines_that_differ_in_their_text_are_limited_together() -> None:
    """Weakness 3: a flood of different texts is a flood, too."""
    limit = logs.RepeatLimit(lambda: 0.0)

    lines = [logging.makeLogRecord(asyncio_line(n)) for n in range(10_000)]

    assert sum(map(limit.filter, lines)) <= 100


def test_the_bots_own_lines_are_never_limited() -> None:
    """Weakness 3: what became of an operation must be in the log."""
    limit = logs.RepeatLimit(lambda: 0.0)
    line = logging.LogRecord("bot.engine", logging.INFO, "", 0, "done", (), None)

    assert all(limit.filter(line) for _ in range(1000))


def refused(peer: str) -> logging.LogRecord:
    """Return a line that a stranger has caused."""
    text = "a request of %s was refused"
    return logging.LogRecord("bot.web", logging.WARNING, "", 0, text, (peer,), None)


def asyncio_line(number: int) -> dict[str, object]:
    """Return a line of asyncio, which puts no argument beside its text."""
    return {"name": "asyncio", "levelno": logging.ERROR, "msg": f"{number}\nmore"}
