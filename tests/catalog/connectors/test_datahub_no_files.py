"""What is none of DataHub's metadata files is not read as one."""

from datetime import UTC, datetime

import pytest

from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.connectors.datahub_files import DataHubFiles

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "content", ["", "[", "{}", "null", '[{"entityUrn": "urn', "[" * 100_000, "[]", "[\n\n]", "\x00", "[1]"]
)
def test_a_file_that_is_none_leaves_the_source_unreadable(tmp_path, content):
    (tmp_path / "metadata.json").write_text(content)
    with pytest.raises(SourceUnreadable):
        DataHubFiles("metadata.json", "", tmp_path, NOON).read(lambda *progress: None)


@pytest.mark.parametrize("location", ["../metadata.json", "/etc", ""])
def test_a_file_outside_the_imports_is_refused(tmp_path, location):
    with pytest.raises(SourceUnreadable):
        DataHubFiles(location, "", tmp_path, NOON).read(lambda *progress: None)
