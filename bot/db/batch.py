"""Batches: several writes of one transaction, as one statement where possible.

PostgreSQL runs writes in WITH clauses, so a batch is one round trip on the way of a
press; SQLite has none, and no round trips either.
https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Insert, Table, Update, bindparam, insert

from bot.db.session import Transaction

Write = Insert | Update
Values = Mapping[str, object]

_COMBINES: Final = frozenset({"postgresql"})


def insert_row(table: Table, name: str) -> Insert:
    """Return the INSERT of one row of a batch; its parameters begin with `name`."""
    columns = [c for c in table.columns if c is not table.autoincrement_column]
    return insert(table).values(
        {c.name: bindparam(f"{name}_{c.name}", None, type_=c.type) for c in columns}
    )


def row(name: str, values: Values) -> dict[str, object]:
    """Return the parameters of `insert_row` for these values."""
    return {f"{name}_{column}": value for column, value in values.items()}


class Batch:
    """Writes that go together; none of them may need what another one returns."""

    def __init__(self, first: Write, *others: Write) -> None:
        self._writes: Final = (first, *others)
        *before, last = self._writes
        ctes = (write.cte(f"write_{n}") for n, write in enumerate(before))
        self._combined = last.add_cte(*ctes)

    async def run(self, transaction: Transaction, *parameters: Values) -> None:
        """Run all writes, each with its own parameters."""
        if transaction.dialect in _COMBINES:
            together = {k: v for each in parameters for k, v in each.items()}
            await transaction.run(self._combined, together)
            return
        for write, values in zip(self._writes, parameters, strict=True):
            await transaction.run(write, values)
