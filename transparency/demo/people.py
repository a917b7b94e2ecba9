"""Tandem's people, and how they sign in. Nothing here needs Django."""

from pathlib import Path

PASSWORD = "see how it is used"
PEOPLE = {
    "Mia": ("member", "a member"),
    "Max": ("member", "another member"),
    "Otto": ("editor", "an editor"),
    "Ines": ("reviewer", "a reviewer"),
    "Ada": ("auditor", "an auditor"),
    "Amir": ("administrator", "an administrator"),
    "Anna": ("administrator", "another administrator: each agrees to what the other asks for"),
}
MEMBER_KEYS = {"Mia": "1000001", "Max": "1000002"}


def email(name: str) -> str:
    return f"{name.lower()}@tandem.example"


def welcome(port: int, buttons: int, imports: Path) -> str:
    """What the terminal says once the site answers.

    ``buttons`` is the port of the page that lets catalogs go bad, ``imports`` the folder that files are read from.
    """
    people = "\n".join(f"  {email(name):28} {words}" for name, (_, words) in PEOPLE.items())
    return (
        f"\nHow your data is used: http://localhost:{port}/\n\n"
        f"Sign in at http://localhost:{port}/accounts/login/ with the password “{PASSWORD}” as\n{people}\n\n"
        "Look first at “Seen, not yet declared” on the overview: two uses that nobody has explained.\n"
        "Then sign in as Mia and open “Your choices”: three pipelines train, and one of them does not listen.\n"
        "Then sign in as Otto and open “Work for compliance”.\n"
        f"Let a catalog go bad at http://localhost:{buttons}/, and see under “Sources” what becomes of it.\n"
        f"To try files of your own, put them into {imports}, and add a source as Amir.\n"
        "The second factor for staff is switched off in this demo. Ctrl-C ends everything.\n"
    )
