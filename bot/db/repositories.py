"""Everything that is remembered, behind one name."""

from bot.db.aliases import AliasRecords
from bot.db.deliveries import DeliveryRecords
from bot.db.requests import RequestRecords


class Records(AliasRecords, RequestRecords, DeliveryRecords):
    """The aliases, requests and deliveries of one database.

    Built as `Records(database)`. Each method is one transaction.
    """
