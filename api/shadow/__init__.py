"""Shadow mode: a candidate version decides beside the one in force, without a say."""

from .candidates import UnknownCandidate, check_candidates
from .routes import shadow_routes
from .running import Shadows

__all__ = ["Shadows", "UnknownCandidate", "check_candidates", "shadow_routes"]
