"""The offer of another language for a channel, to the first who reads Slack in one."""

import logging

from bot.domain.languages import Language
from bot.domain.storage import StorageUnavailable
from bot.slack.inbound.payloads import Asked
from bot.slack.listeners.context import ListenerContext
from bot.slack.messages.languages import language_offer

_log = logging.getLogger("bot.slack")


async def offer_language(asked: Asked, context: ListenerContext) -> None:
    """Offer the asker's own language, once in a channel; it comes after the answer."""
    t = await context.translator_soon(asked)
    if t.language is Language.ENGLISH:
        return
    try:
        person = await context.organisation.resolve(asked.person)
        offered = await context.service.offer_language(t.language, asked.place, person)
    except StorageUnavailable as reason:
        _log.warning("no language is offered: %s", reason)
        return
    if offered:
        where = asked.place, asked.person, asked.response_url
        await context.ephemeral.reply_to(*where)(language_offer(t, t.language))
