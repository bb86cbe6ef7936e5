"""Writes: a change of one row with the rows that it brings, as one transaction.

Nothing is read in between. Who decides reads first, decides, and writes on condition
that what was read still stands; where it does not, no row is changed and none is added.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Delete,
    Engine,
    Executable,
    Insert,
    Row,
    Table,
    Update,
    bindparam,
    exists,
    insert,
    select,
    true,
)

Parameters = Mapping[str, object]
NOTHING: Final[Parameters] = MappingProxyType({})

T = TypeVar("T")
AnInsert = TypeVar("AnInsert", bound=Insert)

# A statement that is run with a change, on the condition that it is given.
Companion = Callable[[ColumnElement[bool]], Insert | Update]


class Write:
    """A change of at most one row, and tables that get a row where it changed one.

    `change` must have a RETURNING clause. `inserts` are for databases where a statement
    costs little; `statement` has all in one. Columns that a row leaves out become NULL.
    `companions` change other tables by what these hold, with parameters of the change:
    those of a companion must differ from all columns of its table.
    """

    def __init__(
        self,
        change: Insert | Update | Delete,
        *tables: Table,
        companions: Sequence[Companion] = (),
    ) -> None:
        self.change = change
        self._tables = tables
        self.inserts = tuple(insert(table) for table in tables)
        # A table may be there twice: each of its rows has parameters of its own.
        numbers = [tables[:at].count(table) for at, table in enumerate(tables)]
        self._names = [
            _parameter_names(table, number)
            for table, number in zip(tables, numbers, strict=True)
        ]
        # The parts of a statement with WITH clauses see the same state of the tables,
        # and what the other parts return.
        # https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING
        changed = change.cte("changed")
        rows: list[Insert | Update] = []
        for table, number in zip(tables, numbers, strict=True):
            values = _parameters(table, number)
            row = select(*values.values()).select_from(changed)
            rows.append(insert(table).from_select(list(values), row))
        condition = exists(select(changed))
        rows += [build(condition) for build in companions]
        named = (row.cte(f"new_row_{number}") for number, row in enumerate(rows))
        self.statement = select(changed).add_cte(*named)
        self.companions = tuple(build(true()) for build in companions)

    def added(
        self, table: str, parameters: Parameters, rows: Sequence[Parameters]
    ) -> Iterator[Parameters]:
        """Return the rows of a table that it adds where it is run with these."""
        inserted = self.change.table if isinstance(self.change, Insert) else None
        if isinstance(inserted, Table) and inserted.name == table:
            names = _parameter_names(inserted)
            yield {column: parameters[name] for column, name in names.items()}
        for its_table, row in zip(self._tables, rows, strict=True):
            if its_table.name == table:
                yield row

    def together(self, parameters: Parameters, *rows: Parameters) -> Parameters:
        """Return the parameters of `statement`: the change's own, and those of rows."""
        together = dict(parameters)
        for names, row in zip(self._names, rows, strict=True):
            together |= {name: row.get(column) for column, name in names.items()}
        return together


def with_row(insert_into: AnInsert, table: Table) -> AnInsert:
    """Return the INSERT of one row, for a Write whose change it is."""
    return insert_into.values(_parameters(table))


def row_parameters(table: Table, row: Parameters) -> Parameters:
    """Return the parameters of an INSERT `with_row`."""
    return {name: row.get(column) for column, name in _parameter_names(table).items()}


def connected(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Return what the work on a connection returns."""
    with engine.connect() as connection:
        return work(connection)


def execute(
    connection: Connection, statement: Executable, parameters: Parameters = NOTHING
) -> list[Row[Any]]:
    """Run one statement and return its rows."""
    result = connection.execute(statement, parameters)
    return list(result.all()) if result.returns_rows else []


def _parameter_names(table: Table, number: int = 0) -> dict[str, str]:
    """Return a name for each column that the database does not number by itself.

    No column of another table has such a name, so that they can be in one statement.
    """
    columns = (c.name for c in table.columns if c is not table.autoincrement_column)
    prefix = f"{table.name}{number or ''}"
    return {column: f"{prefix}_{column}" for column in columns}


def _parameters(table: Table, number: int = 0) -> dict[str, BindParameter[Any]]:
    names = _parameter_names(table, number)
    return {
        column: bindparam(name, None, type_=table.c[column].type)
        for column, name in names.items()
    }
