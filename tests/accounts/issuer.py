"""A small OpenID Connect server for one person, as a company's would be."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit


class Issuer:
    """Answers on this machine; ``person`` is what it says of whoever signs in."""

    def __init__(self):
        self.person, self.asked = {}, []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def introduced(self, providers):
        """The setting that introduces this server to the site."""
        app = {"provider_id": "company", "name": "Tandem", "client_id": "transparency", "secret": "shared"}
        app["settings"] = {"server_url": self.url, "oauth_pkce_enabled": True}
        return providers | {"openid_connect": {"APPS": [app]}}

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answers(self):
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "jwks_uri": f"{self.url}/jwks",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            },
            "/token": {"access_token": "access", "token_type": "Bearer", "expires_in": 60},
            "/userinfo": self.person,
        }

    def _handler(self):
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                """Somebody's browser, or the site."""
                address = urlsplit(self.path)
                self.send_back(parse_qs(address.query)) if address.path == "/authorize" else self.do_POST()

            def do_POST(self):
                """The site."""
                length = int(self.headers.get("Content-Length", 0))
                issuer.asked.append((self.path, self.rfile.read(length).decode()))
                body = json.dumps(issuer.answers()[self.path]).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            def send_back(self, asked):
                """As if somebody had signed in here."""
                answer = urlencode({"code": "granted", "state": asked["state"][0]})
                self.send_response(302)
                self.send_header("Location", f"{asked['redirect_uri'][0]}?{answer}")
                self.end_headers()

            def log_message(self, *args):
                """Says nothing."""

        return Handler
