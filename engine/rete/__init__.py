"""The second engine: durable-rules, a Rete engine, given cell numbers under fixed names (ADR 5).

An optional extra. Nothing here is imported until it is asked for, and durable-rules itself not before it gets rules.
"""

from .chain import ReteChain, compile_chain

__all__ = ["ReteChain", "compile_chain"]
