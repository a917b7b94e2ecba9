"""A site that is only there, for a web server to have one."""


def application(environ, start_response):
    start_response("200 OK", [])
    return [b"here"]
