"""The sample of a proxy, as it is shipped, in front of the site: it keeps and writes of nobody (P-33, P-34)."""

import getpass
import http.client
import re
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest
from django.conf import settings as site

from tests.certificates import certificate_for
from tests.consent.builders import Chooser
from tests.register.builders import register
from transparency.api.endpoints import decisions
from transparency.catalog import limits
from transparency.config import gunicorn

SAMPLE = Path(gunicorn.__file__).with_name("nginx.conf").read_text()
MIA = "1000001"
HERE = "127.0.0.1"
PERSONAL = ["/", "/choices/", "/choices/history/", "/choices/history.json", "/choices/history.csv"]
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")  # not on everybody's path
with_nginx = pytest.mark.skipif(not NGINX, reason="nginx is not installed.")


def free_port():
    with socket.socket() as one:
        one.bind((HERE, 0))
        return one.getsockname()[1]


def adapted(folder, port, origin):
    """The sample with our folders and ports put in, and what nginx needs around it."""
    told = SAMPLE.replace("/etc/ssl/private/transparency.key", certificate_for("localhost", folder))
    told = told.replace("/etc/ssl/transparency.pem", f"{folder}/certificate.pem").replace("127.0.0.1:8000", origin)
    told = told.replace("/var/cache/nginx", f"{folder}/cache").replace("/var/log/nginx", str(folder))
    told = told.replace("listen 80;", f"listen {HERE}:{free_port()};").replace("listen 443", f"listen {HERE}:{port}")
    around = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{name}_temp_path {folder}/temp;\n" for name in around)
    return f"user {getpass.getuser()};\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{folders}{told}}}\n"


@pytest.fixture
def origin(live_server):
    return f"{HERE}:{live_server.thread.port}"


@pytest.fixture
def nginx(origin, tmp_path):
    """The folder of an nginx that runs with the sample, and its port."""
    folder, port = tmp_path / "nginx", free_port()
    (folder / "cache").mkdir(parents=True)
    folder.chmod(0o755)
    (folder / "nginx.conf").write_text(adapted(folder, port, origin))
    command = [NGINX, "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off;"]
    process = subprocess.Popen(command, stderr=(folder / "stderr").open("w"))
    while not (folder / "pid").exists() or not (folder / "pid").read_text():
        assert process.poll() is None, (folder / "stderr").read_text()
    yield folder, port
    process.terminate()
    process.wait(timeout=60)


@pytest.fixture
def read(nginx, client):
    """Reads an address through nginx, as somebody or as a stranger: the answer's status, headers and text."""

    def read(path, who=None):
        headers = {"Host": "localhost"}
        if who:
            client.force_login(who)
            headers["Cookie"] = f"sid={client.cookies['sid'].value}"
        trusting = ssl.create_default_context(cafile=nginx[0] / "certificate.pem")
        asking = http.client.HTTPSConnection("localhost", nginx[1], timeout=20, context=trusting)
        asking.request("GET", path, headers=headers)
        answer = asking.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    return read


@pytest.fixture
def reference(transactional_db, publish):
    """What Mia's one choice is known by."""
    publish(register())
    return str(Chooser().refuses(member=MIA).reference)


def written(folder):
    """All that nginx wrote anywhere: what it keeps, what it logged."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).decode(errors="replace")


@with_nginx
@pytest.mark.parametrize("path", PERSONAL)
def test_what_mia_reads_reaches_nobody_else_and_no_file(read, nginx, mia, max, reference, path):
    assert read(path, mia)[0] == 200
    assert [reference in read(path, other)[2] for other in (max, None)] == [False, False]
    assert [known in written(nginx[0]) for known in (reference, MIA)] == [False, False]


def first_line_of(log):
    """Nginx writes its line once the answer has gone."""
    ends = time.monotonic() + 60
    while not log.exists() or not log.read_text().endswith("\n"):
        assert time.monotonic() < ends, "It has written nothing."
        time.sleep(0.01)
    return log.read_text()


@with_nginx
def test_its_log_tells_what_was_asked_and_not_by_whom(read, nginx, mia, reference):
    answered = read(f"/choices/?show={MIA}", mia)[1]
    log = first_line_of(nginx[0] / "transparency.log")
    assert ('"path":"/choices/"' in log, answered["X-Request-ID"] in log) == (True, True)
    assert [known in written(nginx[0]) for known in (MIA, HERE + '"', "sid=")] == [False, False, False]


@with_nginx
@pytest.mark.parametrize("origin", [f"{HERE}:1"])
def test_a_site_that_is_away_is_no_reason_to_write_down_who_asked(read, nginx):
    assert read(f"/choices/?show={MIA}")[0] in (502, 504)
    assert [known in written(nginx[0]) for known in (MIA, "client:")] == [False, False]


@with_nginx
def test_what_never_changes_is_kept(read, nginx, reference):
    """It does its work: else nothing above would mean anything."""
    digest = read("/editions/1.json")[2]
    assert digest in written(nginx[0])


def test_it_takes_what_the_site_takes():
    (most,) = re.findall(r"client_max_body_size (\d+)m;", SAMPLE)
    taken = (decisions.MOST_BYTES, limits.BODY_BYTES, site.DATA_UPLOAD_MAX_MEMORY_SIZE)
    assert int(most) * 1024 * 1024 == max(taken)
    assert gunicorn.limit_request_field_size <= 8 * 1024
