"""Which rulebooks the service answers with: where they come from, and how all workers exchange them together."""

from .bundle import BadBundle, Manifest, open_bundle, pack_bundle
from .coordinator import Coordinator
from .editions import Edition, edition_of
from .fleet import Figures, Fleet
from .link import Link
from .lone import LoneWorker, fleet_over, open_alone
from .members import Unfit
from .parts import Checker, Files, read_folder
from .sources import SourceRefused, source_of
from .supervisor import Supervisor, WorkersFailed
from .triggers import triggered

__all__ = [
    "BadBundle",
    "Checker",
    "Coordinator",
    "Edition",
    "Figures",
    "Files",
    "Fleet",
    "Link",
    "LoneWorker",
    "Manifest",
    "SourceRefused",
    "Supervisor",
    "Unfit",
    "WorkersFailed",
    "edition_of",
    "fleet_over",
    "open_alone",
    "open_bundle",
    "pack_bundle",
    "read_folder",
    "source_of",
    "triggered",
]
