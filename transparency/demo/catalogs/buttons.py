"""A page with a button for each catalog: with it, the catalog goes bad in the way that is chosen, or is well again."""

from collections.abc import Mapping
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from transparency.demo.catalogs.faults import Fault
from transparency.demo.catalogs.server import FakeCatalog

LONGEST = 1_000  # bytes of a form
STYLE = """
body { font: 1.05rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem }
section { border: 1px solid; border-radius: .5rem; padding: .5rem 1rem; margin: 1rem 0 }
select, button { font: inherit; padding: .4rem .6rem; min-height: 2.75rem; max-width: 100% }
:root { color-scheme: light dark }
"""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Catalogs that go bad</title><style>{style}</style><main><h1>Catalogs that go bad</h1>
<p>Tandem’s search team has the catalogs below. Let one go bad, then ask the site to read it: nothing that it says
becomes false, and the page of the source says what is wrong. Once it is well, the next reading mends everything.</p>
{sections}<p>The site: <a href="{site}">{site}</a></p></main></html>"""
SECTION = """<section><h2 id="{name}">{title}</h2><p role="status">It {state}.</p><form method="post">
<input type="hidden" name="catalog" value="{name}"><label for="fault-{name}">Let it be a catalog that</label>
<p><select id="fault-{name}" name="fault">{options}</select></p><p><button>Let it be so</button></p></form>
<p>The site’s page of this source: <a href="{page}">{page}</a></p></section>"""
WELL = "answers as it should"


class Buttons(ThreadingHTTPServer):
    """Serves the page on a port of this machine.

    ``fakes`` and ``titles`` go by the short names of their sources; ``site`` is the address of the site.
    """

    daemon_threads = True

    def __init__(self, port: int, fakes: Mapping[str, FakeCatalog], titles: Mapping[str, str], site: str) -> None:
        self.fakes, self.titles, self.site = fakes, titles, site
        super().__init__(("127.0.0.1", port), _Page)

    def shown(self) -> bytes:
        sections = "".join(self._section(name, fake) for name, fake in self.fakes.items())
        return PAGE.format(style=STYLE, sections=sections, site=escape(self.site)).encode()

    def let(self, name: str, fault: str) -> bool:
        """Let the catalog of that name go bad, or be well where no fault is named; false where there is no such."""
        if name not in self.fakes or (fault and fault not in Fault.__members__):
            return False
        self.fakes[name].fault = Fault[fault] if fault else None
        return True

    def _section(self, name: str, fake: FakeCatalog) -> str:
        options = [("", WELL), *((one.name, one.value) for one in Fault)]
        chosen = fake.fault.name if fake.fault else ""
        return SECTION.format(
            name=escape(name),
            title=escape(self.titles[name]),
            state=escape(fake.fault.value if fake.fault else WELL),
            page=escape(f"{self.site}/staff/sources/{name}/"),
            options="".join(
                f'<option value="{key}"{" selected" * (key == chosen)}>{escape(words)}</option>'
                for key, words in options
            ),
        )


class _Page(BaseHTTPRequestHandler):
    server: Buttons

    def do_GET(self) -> None:
        if self.path != "/":
            self.send_error(404)
            return
        self._send(200, self.server.shown())

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not self._is_from_here() or not length.isdigit() or int(length) > LONGEST:
            self.send_error(403 if length.isdigit() else 411)
            return
        told = parse_qs(self.rfile.read(int(length)).decode(errors="replace"))
        if not self.server.let(told.get("catalog", [""])[0], told.get("fault", [""])[0]):
            self.send_error(400, "There is no such catalog, or no such fault")
            return
        self._send(303, b"", Location="/")

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def _is_from_here(self) -> bool:
        """Whether our own page sent this, and no other page that somebody has open."""
        return self.headers.get("Origin", "") == f"http://{self.headers.get('Host', '')}"

    def _send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        told = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(content))}
        for name, value in (told | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
