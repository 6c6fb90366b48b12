"""The council file: the authority as one TOML text, read and checked as a whole."""

from hub.council_file.problems import CouncilFileErrors, Problem
from hub.council_file.reading import parse
from hub.council_file.tables import (
    AgentTable,
    CouncilFile,
    CouncilTable,
    DepartmentTable,
    InboxTable,
    QueueTable,
)

__all__ = [
    "AgentTable",
    "CouncilFile",
    "CouncilFileErrors",
    "CouncilTable",
    "DepartmentTable",
    "InboxTable",
    "Problem",
    "QueueTable",
    "parse",
]
