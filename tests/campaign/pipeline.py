"""A pipeline that asks of everybody, every way that there is: whose data may be used."""

import http.client
import io
import json
import time
from collections.abc import Collection
from urllib.parse import urlencode

from tests.campaign.choosers import PATIENCE
from transparency.enforcement.lists.columns import read_arrow, read_parquet
from transparency.enforcement.lists.header import Header, Kind
from transparency.enforcement.lists.lines import read_lines
from transparency.enforcement.lists.members import Changes, Members

READERS = {"ndjson": read_lines, "parquet": read_parquet, "arrow": read_arrow}
Place = tuple[str, str, tuple[str, ...]]
"""A feature, a stage, and kinds of data."""


class Pipeline:
    """Asks with one key. A site that is away is asked again; any other answer ends the campaign."""

    def __init__(self, port: int, key: str) -> None:
        self.port, self.key = port, key
        self.kept: dict[Place, tuple[Header, set[str]]] = {}

    def decided(self, place: Place, members: list[str]) -> set[str]:
        """By a decision."""
        feature, stage, kinds = place
        body = {"feature": feature, "stage": stage, "categories": kinds, "members": members}
        allowed = json.loads(self._asked("POST", "/api/v1/decisions", json.dumps(body)))["allowed"]
        return {key for key, may in zip(members, allowed, strict=True) if may}

    def listed(self, place: Place, members: Collection[str], form: str) -> set[str]:
        """By the whole list."""
        header, rows = self._list(place, form)
        return _usable(header, _keys(rows), members)

    def keep(self, places: Collection[Place]) -> None:
        """Keep these lists as they are now, to be caught up later."""
        for place in places:
            header, rows = self._list(place, "ndjson")
            self.kept[place] = header, _keys(rows)

    def caught_up(self, place: Place, members: Collection[str]) -> set[str]:
        """By the list that was kept, and what changed since."""
        before, keys = self.kept[place]
        header, changes = self._list(place, "ndjson", since=before.sequence, base=before.base)
        if not isinstance(changes, Changes):
            raise SystemExit("A whole list came where only what changed was asked for.")
        out, used = _keys(changes.leave_out), _keys(changes.may_use)
        more, fewer = (out, used) if header.kind == Kind.LEAVE_OUT else (used, out)
        return _usable(header, (keys | more) - fewer, members)

    def _list(self, place: Place, form: str, **more: object) -> tuple[Header, Members | Changes]:
        feature, stage, kinds = place
        asked = {"feature": feature, "stage": stage, "categories": ",".join(kinds), "format": form, **more}
        return READERS[form](io.BytesIO(self._asked("GET", f"/api/v1/suppressions?{urlencode(asked)}")))

    def _asked(self, method: str, path: str, body: str | None = None) -> bytes:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        deadline = time.monotonic() + PATIENCE
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read()
            if response.status == 200:
                return text
            if response.status < 500 or time.monotonic() > deadline:
                raise SystemExit(f"No answer: {response.status} {text[:300]!r}")
            time.sleep(1)


def _keys(rows: Members | Changes) -> set[str]:
    assert isinstance(rows, Members)
    return {*map(str, rows.numbers.tolist()), *rows.texts}


def _usable(header: Header, keys: set[str], members: Collection[str]) -> set[str]:
    return set(members) & keys if header.kind == Kind.MAY_USE else set(members) - keys
