"""The secrets of Tandem's machines. Shown once, so kept beside the demo's data, for its owner only."""

from collections.abc import Mapping

from transparency.config import embedded

LINEAGE, SETTINGS_PAGE = "pipeline", "settings_page"


def keep(secrets: Mapping[str, str]) -> None:
    """Write each into a file of its own."""
    for name, secret in secrets.items():
        path = embedded.local() / f"{name}_token"
        path.touch(mode=0o600)
        path.write_text(secret)


def key_of(machine: str) -> str:
    """The secret of this machine. Raises ``FileNotFoundError`` where the demo was never loaded."""
    return (embedded.local() / f"{machine}_token").read_text()
