"""Everything that is remembered, behind one name."""

from bot.db.aliases import SqlAliasRepository
from bot.db.deliveries import SqlDeliveryRepository
from bot.db.requests import SqlRequestRepository


class Repositories(SqlAliasRepository, SqlRequestRepository, SqlDeliveryRepository):
    """The aliases, requests and deliveries of one database.

    Built as `Records(database)`. Each method is one transaction.
    """
