"""Log lines for people and for machines, without any secret."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest

from bot import logs
from bot.domain.log_fields import LogFields, bound_fields, log_fields

SECRET = "xoxb-obviously-fake"
LONGER = f"{SECRET}-and-longer"


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    """Leave the test run's own logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    loggers = [logging.getLogger(name) for name in logs.QUIET_LIBRARIES]
    before = [each.level for each in loggers]
    yield
    root.handlers[:], root.level = handlers, level
    for logger, its_level in zip(loggers, before, strict=True):
        logger.setLevel(its_level)


def fail() -> None:
    raise ValueError(f"the token {SECRET} is bad")


def failing_line() -> None:
    try:
        fail()
    except ValueError:
        logging.getLogger("bot").exception("it broke with %s", LONGER)


def test_a_text_line_hides_secrets_in_message_and_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up("INFO", "text", [SECRET, LONGER, ""])

    failing_line()

    err = capsys.readouterr().err
    assert "ERROR   bot: it broke with ***\n" in err
    assert "the token *** is bad" in err
    assert SECRET not in err
    assert "and-longer" not in err


def test_a_json_line_is_one_object_without_secrets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up("INFO", "json", [SECRET, LONGER])

    failing_line()
    logging.getLogger("bot").info("plain ü")

    failed, plain = map(json.loads, capsys.readouterr().err.splitlines())
    assert failed["message"] == "it broke with ***"
    assert "the token *** is bad" in failed["traceback"]
    assert (plain["level"], plain["logger"], plain["message"]) == (
        "INFO",
        "bot",
        "plain ü",
    )
    assert "traceback" not in plain


def test_a_secret_with_quotes_is_redacted_before_it_is_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret = 'obviously"fake\\ü'
    logs.set_up("INFO", "json", [secret])

    logging.getLogger("bot").info("the secret is %s", secret)

    err = capsys.readouterr().err
    assert json.loads(err)["message"] == "the secret is ***"
    assert "obviously" not in err


@pytest.mark.parametrize(("level", "shown"), [("INFO", False), ("DEBUG", True)])
def test_libraries_are_quiet_unless_everything_is_asked_for(
    capsys: pytest.CaptureFixture[str], level: str, *, shown: bool
) -> None:
    logs.set_up(level, "text", [])

    logging.getLogger("alembic").info("of interest to its makers")

    assert ("of interest" in capsys.readouterr().err) is shown


def test_nothing_below_the_level_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("WARNING", "text", [])
    loud = logging.getLogger("bot.loud")
    loud.setLevel(logging.INFO)

    loud.info("a detail")

    assert "a detail" not in capsys.readouterr().err


def test_fields_that_are_bound_around_a_line_are_fields_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up("INFO", "json", [SECRET])

    with log_fields(request="r1", user=SECRET), log_fields(attempt=2, user="U0\nBEN"):
        logging.getLogger("bot").info("inside")
        with log_fields(target=f"9N {SECRET}"):
            pass
    with log_fields(user=SECRET):
        logging.getLogger("bot").info("another")
    logging.getLogger("bot").info("outside")

    err = capsys.readouterr().err
    inside, another, outside = map(json.loads, err.splitlines())
    assert (inside["request"], inside["attempt"]) == ("r1", 2)
    assert inside["user"] == "U0\nBEN"
    assert another["user"] == "***"
    assert set(outside) == {"time", "level", "logger", "message"}
    assert SECRET not in err


def test_a_text_line_names_its_request_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up("INFO", "text", [])

    with log_fields(request="r1", user="U0BEN", attempt=1):
        logging.getLogger("bot").info("request r1: expired")
        logging.getLogger("bot").info("something else")

    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("bot: request r1: expired")
    assert second.endswith("bot: something else [request r1]")


async def test_what_is_started_in_a_block_has_the_fields_of_it() -> None:
    async def look() -> LogFields:
        await asyncio.sleep(0)
        return bound_fields()

    with log_fields(request="r1"):
        one = asyncio.create_task(look())
    with log_fields(request="r2"):
        two = asyncio.create_task(asyncio.to_thread(bound_fields))

    assert (await one, await two) == ({"request": "r1"}, {"request": "r2"})
    assert bound_fields() == {}
