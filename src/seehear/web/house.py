"""Everything that one server consists of, put together once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seehear.web.bulletin import Bulletin
from seehear.web.foreman import Foreman
from seehear.web.places import Places
from seehear.web.receiving import Receiver
from seehear.web.settings import Settings
from seehear.web.store import JobStore


@dataclass(frozen=True)
class House:
    settings: Settings
    places: Places
    store: JobStore
    bulletin: Bulletin
    foreman: Foreman
    receiver: Receiver

    @staticmethod
    def open(settings: Settings, worker: Sequence[str] | None = None) -> House:
        """Take the folder, sweep what a server that was killed left half done, and queue again what it was at.

        Raises StorageError where the folder cannot be used or another server uses it, DamagedError where its list of
        jobs is none.
        """
        places = Places(settings.folder)
        store = JobStore(settings.folder / "jobs.sqlite3")
        store.recover(settings.max_attempts)
        places.recover(store)
        bulletin = Bulletin(settings.max_listeners)
        foreman = Foreman(store, places, bulletin, settings, worker)
        return House(settings, places, store, bulletin, foreman, Receiver(store, places, settings))

    def close(self) -> None:
        self.store.close()
        self.places.release()
