"""What all tests share: hypothesis's profiles, the option to write golden files anew, and rulebooks from texts or data.

Helpers lie in `support/` and are imported by their plain names.
"""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent / "support"))

settings.register_profile(
    "ci", max_examples=60, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", settings.get_profile("ci"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--regenerate` writes the expected files of golden cases from what the code gives now."""
    parser.addoption("--regenerate", action="store_true", help="write golden files anew; read the difference after")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells what tests that compare two engines have compared (`record_property("compared", …)`)."""
    passed = terminalreporter.getreports("passed")
    for said in sorted({value for report in passed for name, value in report.user_properties if name == "compared"}):
        terminalreporter.write_line(str(said))


@pytest.fixture
def regenerate(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written."""
    return bool(request.config.getoption("--regenerate"))
