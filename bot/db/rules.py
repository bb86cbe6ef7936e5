"""The repository of rules: which one is in force for a target, and who agreed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Insert,
    Row,
    and_,
    bindparam,
    func,
    literal,
    select,
)

from bot.db.models import table
from bot.db.policy_models import RuleRow
from bot.db.rows import Values, own_rule_text, rule_from, target_from, target_values
from bot.db.session import INSERT, Repository
from bot.db.writes import Companion
from bot.domain.proposals import Proposal
from bot.domain.requests import UnreadableRecord
from bot.domain.rule_changes import rule_change_of
from bot.domain.rules import NO_RULE, RuleInForce
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

    `of` has the columns of the target and its workspace. No row is ever deleted, so
    that a number that was seen before never comes again: a rule is dropped as NULL.
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


_COLUMNS: Final = ("rule", "proposed_by", "agreed_by", "changed_at")
_SEEN: Final = bindparam("seen_version", type_=R.version.type)


def is_seen(of: Any) -> ColumnElement[bool]:  # noqa: ANN401 - columns
    """Return whether the rules of a target still have the version that was seen."""
    return rules_version(of) == _SEEN


def put_rule(dialect: str) -> Companion:
    """Return the insert or update of the rule that somebody has agreed to."""

    def build(condition: ColumnElement[bool]) -> Insert:
        new = {
            f"{name}": bindparam(f"new_{name}", type_=R[name].type) for name in _COLUMNS
        }
        row = {**_parameters(), **new, "version": literal(1)}
        values = select(*(one.label(name) for name, one in row.items())).where(
            condition
        )
        put = INSERT[dialect](RULES).from_select(list(row), values)
        return put.on_conflict_do_update(
            index_elements=["workspace", *_TARGET],
            set_={
                **{name: put.excluded[name] for name in _COLUMNS},
                "version": R.version + 1,
            },
        )

    return build


def agreed_rule(proposal: Proposal, now: datetime) -> Values:
    """Return the parameters of the rule that a proposal brings, and of its condition.

    Raises KeyError, TypeError or ValueError.
    """
    change = rule_change_of(proposal)
    return {
        "of_workspace": proposal.place.workspace,
        **_of(proposal.target),
        "new_rule": None if change.drops else own_rule_text(change.new),
        "new_proposed_by": proposal.asked_by,
        "new_agreed_by": proposal.decided_by,
        "new_changed_at": now,
        "seen_version": change.version,
    }


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
    version = sum(each.version for each in rows)
    kept = [each for each in rows if each.rule is not None]
    if not kept:
        return RuleInForce(version=version)
    row = kept[0]
    return RuleInForce(
        rule=rule_from(row.rule),
        target=target_from(row) if row.app_id else None,
        version=version,
        proposed_by=row.proposed_by,
        agreed_by=row.agreed_by,
        changed_at=row.changed_at,
        inherited=rule_from(kept[1].rule) if len(kept) > 1 else NO_RULE,
    )
