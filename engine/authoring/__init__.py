"""Help for those who write rulebooks and what lies beside them: what may stand at a place, what it means, where it is
declared. Works on texts as they are being typed, parsed or not; editors are the business of others.
"""

from .finding import Entry, Found, definition_at, outline_of
from .offers import Offer, Offers, offers_at, quoted
from .places import Place, place_at
from .readings import NOTHING_READ, Desk, Kind, Reading, read_for_help, read_to_decide
from .telling import Told, tell_at

__all__ = [
    "NOTHING_READ",
    "Desk",
    "Entry",
    "Found",
    "Kind",
    "Offer",
    "Offers",
    "Place",
    "Reading",
    "Told",
    "definition_at",
    "offers_at",
    "outline_of",
    "place_at",
    "quoted",
    "read_for_help",
    "read_to_decide",
    "tell_at",
]
