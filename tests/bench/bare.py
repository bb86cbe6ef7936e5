"""A bare Bolt app with default settings: listeners that ack and do nothing else.

    python -m tests.bench.bare      (PORT, SLACK_API_URL and the rest by environment)

What the bot's acks are compared with.
"""

import asyncio
import os
import re

from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


async def run() -> None:
    """Serve until the process is ended."""
    host, port = os.environ["HOST"], int(os.environ["PORT"])
    app = AsyncApp(
        signing_secret=os.environ["SLACK_SIGNING_SECRET"],
        client=AsyncWebClient(
            token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]
        ),
    )
    app.command("/rollout")(_ack)
    app.action(re.compile(""))(_ack)
    # The same routes as `app.start`, without its signal handling and its words.
    served: web.Application = app.server(port, host=host).web_app
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    await asyncio.Event().wait()


async def _ack(ack: AsyncAck) -> None:
    await ack()


if __name__ == "__main__":
    asyncio.run(run())
