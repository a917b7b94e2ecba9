"""Which namespace of OpenLineage stands for which platform of a catalog that doesn't say on which server it is.

``snowflake=snowflake://acme`` for a platform, ``postgres/main=postgres://db:5432`` for one instance of it, and
``snowflake@DEV=snowflake://acme-dev`` for one environment; what names no environment is about production.
"""

PRODUCTION = frozenset({"PROD", "PRD"})
Place = tuple[str, str, str]
"""Platform in lower case, instance, environment: each empty where none is named."""


class BadNamespaces(ValueError):  # noqa: N818 - says which part is bad, as the form will
    """The text can't be read; the message says which part of it."""


def read_namespaces(text: str) -> dict[Place, str]:
    """Take the text apart: ``platform[/instance][@ENVIRONMENT]=namespace``, separated by spaces, commas or lines.

    Of two instances the one with the longer name comes first. Raises ``BadNamespaces``.
    """
    found = {}
    for item in text.replace(",", " ").split():
        where, equals, namespace = item.partition("=")
        rest, _, environment = where.partition("@")
        platform, _, instance = rest.partition("/")
        if not (equals and platform and namespace):
            raise BadNamespaces(f"“{item[:60]}” is not like platform=namespace, e.g. snowflake=snowflake://acme.")
        found[platform.casefold(), instance, environment_of(environment)] = namespace
    return dict(sorted(found.items(), key=lambda told: -len(told[0][1])))


def environment_of(text: str) -> str:
    """In capitals; empty for production, which is what is meant where nothing is said."""
    return "" if text.upper() in PRODUCTION else text.upper()
