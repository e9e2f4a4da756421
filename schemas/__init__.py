"""JSON Schemas, as data: read through importlib.resources."""
