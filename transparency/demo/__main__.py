"""``python -m transparency.demo --port 8000``: the whole site on one machine, with the sample company.

Starts the private servers, loads what is missing, then the production web server, a worker, beat, and Tandem's
pipelines. Whichever ends first ends all the others; a signal ends everything in order.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from transparency.config import embedded
from transparency.demo.keys import WITNESS_NAME, witness_verifier
from transparency.demo.people import welcome
from transparency.ledger import verify

WITNESS = embedded.local() / "witness"
GOODBYE = 20  # seconds that a child may take to end
CATALOGS = 3  # as many as ``catalogs.sources`` names
_signals: list[int] = []


def main() -> int:
    arguments = _arguments()
    if arguments.clean:
        embedded.throw_away()
        return 0
    port = arguments.port
    _refuse_if_taken(port)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "transparency.config.settings", "STAFF_SECOND_FACTOR": "false"}
    os.environ |= {"PUBLIC_URL": f"http://localhost:{port}", "BIND": f"127.0.0.1:{port}"}
    os.environ["DATA_PROTECTION_OFFICER"] = "Dora Byrne, dpo@tandem.example, 1 Harbour Street, Dublin"
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    if (WITNESS / "seen.json").exists():
        os.environ["LEDGER_WITNESS"] = str(WITNESS / "seen.json")
    with embedded.servers():
        if not embedded.are_ours():
            print("The demo is running already. End it first, with Ctrl-C in its terminal.")
            return 1
        _prepare()
        witness, buttons, *catalogs = _free_ports(2 + CATALOGS)
        os.environ["CATALOG_PRIVATE_HOSTS"] = private_hosts(catalogs)
        os.environ["LEDGER_WITNESSES"] = f"{witness_verifier()} http://127.0.0.1:{witness}"
        web, *others = _commands(witness, [buttons, *catalogs])
        children = [_start(web)]
        _wait_for_the_web(children[0], port)
        print(welcome(port, buttons, imports()), flush=True)
        return _watch(children + [_start(command) for command in others])


def imports() -> Path:
    """Where sources that are files are looked for: as ``IMPORTS_DIR`` in the settings."""
    return Path(os.environ.get("IMPORTS_DIR") or embedded.local() / "imports")


def private_hosts(catalogs: Sequence[int]) -> str:
    """Where sources may be read from: the sample's catalogs, by their ports, and whatever catalog somebody wants to
    try beside them.
    """
    listed = os.environ.get("CATALOG_PRIVATE_HOSTS", "")
    return ",".join([*filter(None, [listed]), *(f"127.0.0.1:{one}" for one in catalogs)])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=_port, default=8000, help="the port of the web server")
    parser.add_argument("--clean", action="store_true", help="throw the demo's data away instead")
    return parser.parse_args()


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65_536):
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def _refuse_if_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SystemExit(
                f"Port {port} can't be used ({error.strerror}). Is the demo running already? Or choose another port:"
                " make demo PORT=8123"
            ) from None


def _end(number: int, frame: FrameType | None) -> None:
    """End at once, or, where Python ignores what is raised, as it does while a process forks, as soon as it is seen."""
    _signals.append(number)
    raise SystemExit(128 + number)


def _prepare() -> None:
    """Tables, static files and the company; skipped where no file of ours was written since the last time."""
    mark = embedded.local() / "prepared"
    folders = (embedded.ROOT / name for name in ("transparency", "static"))
    newest = max(path.stat().st_mtime_ns for folder in folders for path in folder.rglob("*.*") if path.suffix != ".pyc")
    if mark.exists() and mark.read_text() == str(newest):
        return
    if subprocess.run([sys.executable, "manage.py", "load_demo"], check=False, cwd=embedded.ROOT).returncode:
        raise SystemExit(
            "The demo can't begin on the data that it has. To throw it away and begin anew: make clean-demo"
        )
    mark.write_text(str(newest))


def _wait_for_the_web(web: "subprocess.Popen[bytes]", port: int) -> None:
    """Let the web server have the processor to itself until it answers; the rest can wait."""
    deadline = time.monotonic() + GOODBYE * 3
    while web.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


def _commands(witness: int, catalogs: Sequence[int]) -> Sequence[Sequence[str]]:
    celery = (sys.executable, "-m", "celery", "-A", "transparency.config")
    return (
        (sys.executable, "-m", "gunicorn", "-c", "python:transparency.config.gunicorn", "transparency.config.wsgi"),
        (*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING"),
        (sys.executable, "-m", "celery", "-A", "transparency.demo.timetable", "beat", "--loglevel", "WARNING"),
        (sys.executable, "-m", "transparency.demo.reporting"),
        (sys.executable, "manage.py", "serve_catalogs", *map(str, catalogs)),
        _witness(witness),
    )


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _witness(port: int) -> Sequence[str]:
    """Somebody outside, with a memory and a key of their own, who looks at the log again and again."""
    address = os.environ["PUBLIC_URL"]
    what = (sys.executable, verify.__file__, address, "witness", f"{WITNESS}/key", "--memory", f"{WITNESS}/seen.json")
    return (*what, "--name", WITNESS_NAME, "--listen", str(port))


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    with (embedded.local() / "demo.log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=embedded.ROOT,
            start_new_session=True,
            preexec_fn=lambda: embedded.die_with_parent(signal.SIGTERM),
        )


def _watch(children: "list[subprocess.Popen[bytes]]") -> int:
    """Wait until a child or a private server ends, then end the rest. Returns 1: none of them ends by itself."""
    try:
        while all(child.poll() is None for child in children) and not embedded.one_ended():
            if _signals:
                raise SystemExit(128 + _signals[0])
            time.sleep(0.2)
        print(f"A part of the demo ended, so the rest ends too; see {embedded.local() / 'demo.log'}.")
        return 1
    finally:
        for child in children:
            child.terminate()
        for child in children:
            _bury(child)


def _bury(child: "subprocess.Popen[bytes]") -> None:
    try:
        child.wait(GOODBYE)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(main())
