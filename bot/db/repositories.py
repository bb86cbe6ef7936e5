"""All repositories of one database, by name."""

from bot.db.aliases import SqlAliasRepository
from bot.db.approval_reminders import SqlApprovalReminderRepository
from bot.db.boards import SqlBoardRepository
from bot.db.bookings import SqlBookingRepository
from bot.db.deliveries import SqlDeliveryRepository
from bot.db.events import SqlEventRepository
from bot.db.home import SqlHomeRepository
from bot.db.languages import SqlLanguageRepository
from bot.db.locks import SqlLockRepository
from bot.db.notices import SqlNoticeRepository
from bot.db.operations import SqlOperationRepository
from bot.db.plans import SqlPlanRepository
from bot.db.proposals import SqlProposalRepository
from bot.db.release_channels import SqlReleaseChannelRepository
from bot.db.reminders import SqlReminderRepository
from bot.db.requests import SqlRequestRepository
from bot.db.retention import SqlRetentionRepository
from bot.db.rules import SqlRuleRepository
from bot.db.session import Database
from bot.db.subscriptions import SqlSubscriptionRepository
from bot.db.watching import SqlWatchRepository


class SqlRepositories:
    """The repositories of one database; each decision in them is one transaction."""

    def __init__(self, database: Database) -> None:
        self.aliases = SqlAliasRepository(database)
        self.languages = SqlLanguageRepository(database)
        self.subscriptions = SqlSubscriptionRepository(database)
        self.rules = SqlRuleRepository(database)
        self.locks = SqlLockRepository(database)
        self.requests = SqlRequestRepository(database)
        self.operations = SqlOperationRepository(database)
        self.events = SqlEventRepository(database)
        self.home = SqlHomeRepository(database)
        self.deliveries = SqlDeliveryRepository(database)
        self.retention = SqlRetentionRepository(database)
        self.bookings = SqlBookingRepository(database)
        self.boards = SqlBoardRepository(database)
        self.notices = SqlNoticeRepository(database)
        self.watching = SqlWatchRepository(database)
        self.release_channels = SqlReleaseChannelRepository(database)
        self.proposals = SqlProposalRepository(database)
        self.plans = SqlPlanRepository(database)
        self.reminders = SqlReminderRepository(database)
        self.approval_reminders = SqlApprovalReminderRepository(database)
