"""The recorded history of a ServiceNow desk: openings and events, every decision made in bulk and singly."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from engine import Catalogue
from simulations.bulk import decide_frame

ROOT = Path(__file__).parents[2]
HISTORY = ROOT.parent / "shared" / "data" / "uci_incident_event_log" / "incident_event_log.parquet"
CHANNELS = {
    "Phone": "phone",
    "Self service": "self-service",
    "Email": "email",
    "IVR": "ivr",
    "Direct opening": "direct",
}
LEVELS = {"1 - High": "high", "2 - Medium": "medium", "3 - Low": "low"}
STATUSES = {
    "New": "new", "Active": "open", "Awaiting User Info": "waiting", "Awaiting Vendor": "waiting",
    "Awaiting Problem": "waiting", "Awaiting Evidence": "waiting", "Resolved": "resolved", "Closed": "closed",
    "-100": None,
}  # fmt: skip
NOTIFY = {"Do Not Notify": "nobody", "Send Email": "by-email"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not HISTORY.exists(), reason="the ServiceNow history is not beside this checkout"),
]


def events() -> pl.DataFrame:
    """Every event as its facts, named as the rulebook names them, at the instant of the event."""
    raw = pl.read_parquet(HISTORY).cast(pl.String).with_columns(pl.all().replace("?", None).replace("", None))

    def instant(name: str) -> pl.Expr:
        return pl.col(name).str.to_datetime("%d/%m/%Y %H:%M", strict=True, time_unit="us", time_zone="UTC")

    def listed(name: str, values: dict[str, Any]) -> pl.Expr:
        return pl.col(name).replace_strict(values, return_dtype=pl.String)

    return raw.select(
        instant("sys_updated_at").alias("at"),
        pl.col("number").alias("ticket.id"),
        listed("contact_type", CHANNELS).alias("ticket.channel"),
        listed("impact", LEVELS).alias("ticket.impact"),
        listed("urgency", LEVELS).alias("ticket.urgency"),
        listed("incident_state", STATUSES).alias("ticket.status"),
        listed("notify", NOTIFY).alias("ticket.fields.notify"),
        pl.col("category").alias("ticket.category"),
        pl.col("assignment_group").alias("ticket.group"),
        pl.col("assigned_to").alias("ticket.owner"),
        instant("opened_at").alias("ticket.created_at"),
        instant("sys_updated_at").alias("ticket.last_update_at"),
        instant("resolved_at").alias("ticket.resolved_at"),
        pl.col("reopen_count").cast(pl.Int64).alias("ticket.reopened"),
        pl.col("reassignment_count").cast(pl.Int64).alias("ticket.fields.reassignments"),
        (pl.col("knowledge").str.to_lowercase() == "true").alias("ticket.fields.knowledge"),
        (pl.col("u_priority_confirmation").str.to_lowercase() == "true").alias("ticket.fields.priority_confirmed"),
        pl.col("problem_id").alias("ticket.fields.problem"),
        pl.col("rfc").alias("ticket.fields.change"),
        pl.col("caused_by").alias("ticket.fields.caused_by"),
        pl.col("vendor").alias("ticket.fields.vendor"),
        pl.col("closed_code").alias("ticket.fields.close_code"),
        pl.col("caller_id").alias("requester.id"),
    )


def openings() -> pl.DataFrame:
    """Every ticket as at its opening: what only its events tell is left out."""
    first = events().sort("ticket.id", "at").unique("ticket.id", keep="first", maintain_order=True)
    known = first.select("ticket.id", "ticket.channel", "ticket.category", "ticket.impact", "ticket.urgency",
                         "ticket.created_at", "requester.id")  # fmt: skip
    return known.with_columns(pl.col("ticket.created_at").alias("at"), pl.lit("new").alias("ticket.status"))


@pytest.mark.parametrize("moment", [openings, events])
def test_every_decision_of_the_history(moment: Any) -> None:
    catalogue = Catalogue.load(ROOT / "rules")
    frame = moment()
    found = decide_frame(catalogue, "itil-incident-desk", None, frame)
    assert len(found) == len(frame) > 20_000
    assert not found.refused.any()
    assert found.singly == 0
    assert found.check_sample(len(found), seed=0) == len(frame)
