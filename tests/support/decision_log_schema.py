"""Writes schemas/decision-log.schema.json from the types of the log: `python tests/support/decision_log_schema.py`."""

import json
from pathlib import Path

from api.decision_log import schema_document

if __name__ == "__main__":
    path = Path(__file__).parents[2] / "schemas" / "decision-log.schema.json"
    path.write_text(json.dumps(schema_document(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
