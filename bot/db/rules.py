"""The repository of rules: which one is in force for a target."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, bindparam, func, literal, select

from bot.db.models import table
from bot.db.policy_models import RuleRow
from bot.db.rows import Values, rule_from, target_from, target_values
from bot.db.session import Repository
from bot.domain.requests import UnreadableRecord
from bot.domain.rules import RuleInForce
from bot.domain.submissions import Target

RULES: Final = table(RuleRow)
R: Final = RULES.c

# How the columns of a target say "the default of the workspace".
DEFAULT: Final = ""
_TARGET: Final = ("account", "app_id", "flight_id")


def could_hold(of: Any) -> ColumnElement[bool]:  # noqa: ANN401 - columns, or parameters
    """Return the condition on the rules of a flight, its app and the workspace."""
    levels = (R[name].in_((literal(DEFAULT), of[name])) for name in _TARGET)
    return and_(R.workspace == of["workspace"], *levels)


def rules_version(of: Any) -> ColumnElement[int]:  # noqa: ANN401 - likewise
    """Return how often the rules that could hold for a target have changed, in SQL.

    `of` has the columns of the target and its workspace. No rule is ever deleted, so
    that a number that was seen before never comes again.
    """
    versions = select(func.coalesce(func.sum(R.version), 0)).where(could_hold(of))
    return versions.scalar_subquery()


def _parameters() -> dict[str, Any]:
    names = ("workspace", *_TARGET)
    return {name: bindparam(f"of_{name}", type_=R[name].type) for name in names}


# Of a flight and of an app before the default: an empty text comes last.
IN_FORCE: Final = (
    select(RULES)
    .where(could_hold(_parameters()))
    .order_by(R.flight_id.desc(), R.app_id.desc())
)


class SqlRuleRepository(Repository):
    """The rules of all workspaces.

    Every method raises StorageUnavailable, and UnreadableRecord for a rule that a newer
    version of the bot has written in another way.
    """

    async def rule_in_force(self, workspace: str, target: Target | None) -> RuleInForce:
        """Return the rule of a target; of None that of the workspace's default."""
        rows = await self._database.run(
            IN_FORCE, {"of_workspace": workspace, **_of(target)}
        )
        try:
            return _in_force(rows)
        except (KeyError, TypeError, ValueError) as odd:
            raise UnreadableRecord(repr(odd)) from odd


def _of(target: Target | None) -> Values:
    values = dict.fromkeys(_TARGET, DEFAULT)
    if target is not None:
        values = {name: str(it) for name, it in target_values(target).items()}
    return {f"of_{name}": value for name, value in values.items()}


def _in_force(rows: Sequence[Row[Any]]) -> RuleInForce:
    if not rows:
        return RuleInForce()
    row = rows[0]
    return RuleInForce(
        rule=rule_from(row.rule),
        target=target_from(row) if row.app_id else None,
        version=sum(each.version for each in rows),
        proposed_by=row.proposed_by,
        agreed_by=row.agreed_by,
        changed_at=row.changed_at,
    )
