"""Dagster's event log in SQLite, made quick: named in dagster.yaml, used by every process.

Dagster opens and closes a database for each event, on an engine of its own that compiles the same
statement again: three quarters of the time of an event, 1,000 times in a run. Here each database
stays open, and a commit does not wait for the disk. A power cut can cost the last events of a run's
history, never the file, and no figure.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event

#: databases that stay open: the index of all runs, and the runs that were asked for last
KEPT_OPEN = 8
#: seconds to wait for another process that writes
PATIENCE = 20


class QuickEventLog(SqliteEventLogStorage):
    """The event log of the home: files and tables as Dagster's own class writes them."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """As dagster.yaml asks for it."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            self._engines[shard] = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,  # one connection; _db_lock lets one thread at a time use it
                connect_args={"timeout": PATIENCE, "check_same_thread": False},
            )
            event.listen(self._engines[shard], "connect", _commit_without_waiting)
        self._engines.move_to_end(shard)
        if len(self._engines) > KEPT_OPEN:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]

    def wipe(self) -> None:
        """Delete all runs' events, as Dagster's class does, from databases that nobody holds."""
        self._close()
        super().wipe()

    def dispose(self) -> None:
        """Close what is open."""
        self._close()
        super().dispose()

    def _close(self) -> None:
        with self._db_lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()


def _commit_without_waiting(connection: Any, _record: object) -> None:  # noqa: ANN401  # SQLAlchemy's own type
    connection.execute("pragma synchronous = normal")
