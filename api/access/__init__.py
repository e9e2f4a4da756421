"""Who calls, and what they may do: keys, tokens of OpenID providers, and the scopes that routes ask for."""

from .callers import Gate, needed_scope
from .document import describe_access
from .gate import AccessFault, Gatekeeper, is_required, open_gate
from .keys import expiry, fingerprint, fresh_key
from .providers import is_loopback

__all__ = [
    "AccessFault",
    "Gate",
    "Gatekeeper",
    "describe_access",
    "expiry",
    "fingerprint",
    "fresh_key",
    "is_loopback",
    "is_required",
    "needed_scope",
    "open_gate",
]
