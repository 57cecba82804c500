"""YAML and Markdown -> models, with line numbers, and back in canonical form. The only room that knows YAML."""

from monitor.commitments.citing import citations
from monitor.commitments.fixing import FixError, fix
from monitor.commitments.placing import FEEDS_FILE, lines_of_feeds
from monitor.commitments.reading import (
    COMMITMENT_FILE,
    PART_FILES,
    PlanError,
    load,
    parse_folder,
    plan_folders,
    read_folder,
    without_collecting,
)
from monitor.commitments.yaml_text import read_document

__all__ = [
    "COMMITMENT_FILE",
    "FEEDS_FILE",
    "PART_FILES",
    "FixError",
    "PlanError",
    "citations",
    "fix",
    "lines_of_feeds",
    "load",
    "parse_folder",
    "plan_folders",
    "read_document",
    "read_folder",
    "without_collecting",
]
