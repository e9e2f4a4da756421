"""AuthZEN (OpenID Authorization API 1.0): permissions and disclosures in the words of gateways and identity products.

Translates evaluations into requests and decisions into theirs; what it may not know is any rule.
"""

from .evaluate import EVALUATION, EVALUATIONS, Evaluate, EvaluateMany
from .routes import authzen_routes

__all__ = ["EVALUATION", "EVALUATIONS", "Evaluate", "EvaluateMany", "authzen_routes"]
