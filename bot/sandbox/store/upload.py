"""Upload of a submission's packages, as to Azure's blob storage.

The archive is read and thrown away. Each block of a large one is a request of its own.

https://learn.microsoft.com/rest/api/storageservices/put-blob
"""

import time
from urllib.parse import parse_qs

from aiohttp import web

from bot.sandbox.store import resources
from bot.sandbox.store.journal import milliseconds_since
from bot.sandbox.store.model import Submission
from bot.sandbox.store.state import StoreState

_SIGNATURE = parse_qs(resources.UPLOAD_QUERY.removeprefix("?"))["sig"][0]
_FORBIDDEN = "AuthenticationFailed"
_GONE = "BlobNotFound"


class UploadHandler:
    """Receives archives for the drafts of one local Store."""

    def __init__(self, state: StoreState) -> None:
        self._state = state

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a PUT to a draft's upload address."""
        started = time.monotonic()
        entry = self._state.journal.begin(
            operation="upload",
            method=request.method,
            path=request.path,
            # The query is a credential.
            query="",
            length=request.content_length or 0,
            content_type=request.headers.get("Content-Type"),
        )
        # An archive may be larger than what aiohttp reads as a whole.
        async for _ in request.content.iter_chunked(1 << 16):
            pass
        draft = self._draft(request.match_info["name"])
        entry.status = 201
        if request.query.get("sig") != _SIGNATURE:
            entry.status = 403
        elif draft is None:
            entry.status = 404
        else:
            draft.uploaded = entry.effect = True
            self._state.save()
        entry.ms = milliseconds_since(started)
        self._state.notify()
        return _response(entry.status)

    def _draft(self, name: str) -> Submission | None:
        drafts = (slot.pending for slot in self._state.catalogue.slots())
        return next(
            (
                draft
                for draft in drafts
                if draft is not None and resources.upload_name(draft) == name
            ),
            None,
        )


def _response(status: int) -> web.Response:
    if status == 201:  # noqa: PLR2004  # Created.
        return web.Response(status=status, headers={"ETag": '"0x8DSANDBOX"'})
    code = _FORBIDDEN if status == 403 else _GONE  # noqa: PLR2004  # Forbidden.
    text = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code></Error>'
    return web.Response(
        status=status, text=text, content_type="application/xml", charset="utf-8"
    )
