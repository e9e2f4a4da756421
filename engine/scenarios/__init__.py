"""Scenarios beside rulebooks: read, run and compared, with rule coverage and the way from clauses over rules to them.

The top floor of the engine. Pure: files are read when it is told to, nothing is printed.
"""

from .answers import Known, Listed, Named, Shape, answers_of
from .codes import SCENARIO_CODES
from .coverage import Settled, Share, Trace
from .folders import check_rules
from .junit import junit_xml
from .junit_suites import Case, suites_xml
from .report import ScenarioReport, VersionResult, run_paths, scenario_report_json
from .rules import Assumption, Rule, assumptions_of
from .running import Difference, Outcome
from .scaffold import CannotScaffold, scaffold
from .words import difference_in_words, dotted, in_words, wanted

__all__ = [
    "SCENARIO_CODES",
    "Assumption",
    "CannotScaffold",
    "Case",
    "Difference",
    "Known",
    "Listed",
    "Named",
    "Outcome",
    "Rule",
    "ScenarioReport",
    "Settled",
    "Shape",
    "Share",
    "Trace",
    "VersionResult",
    "answers_of",
    "assumptions_of",
    "check_rules",
    "difference_in_words",
    "dotted",
    "in_words",
    "junit_xml",
    "run_paths",
    "scaffold",
    "scenario_report_json",
    "suites_xml",
    "wanted",
]
