"""What names and descriptions say, as words that can be compared: ``usrEmailAddr2`` is user, email, address. Pure.

Two words for the same thing become one, plurals and endings go, what was written together is taken apart. The result is
for comparing only; nobody reads it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

Words = tuple[str, ...]

# Where a name has no separators: before a capital after a small letter, before the last capital of several, at digits.
_BORDERS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])")
_BETWEEN = re.compile(r"[\W_]+")
SHORTEST_PART, LONGEST_GLUED = 3, 40

# What engineers write, and what they mean.
SHORT: dict[str, str] = {
    "acct": "account", "addr": "address", "adr": "address", "amt": "amount", "appl": "application",
    "bday": "birthday", "cand": "candidate", "cd": "code", "clk": "click", "cmnt": "comment", "cnt": "count",
    "corp": "company", "ctry": "country", "cust": "customer", "dept": "department", "desc": "description",
    "dob": "birthday", "dt": "date", "edu": "education", "fk": "id", "fname": "first name", "gaid": "device",
    "geo": "place", "grp": "group", "guid": "id", "idfa": "device", "imei": "device", "img": "photo",
    "imp": "impression", "ipv": "ip", "jd": "job description", "kw": "keyword", "kwd": "keyword", "lang": "language",
    "lat": "latitude", "lname": "last name", "lng": "longitude", "loc": "place", "lon": "longitude", "ltr": "letter",
    "lvl": "level", "mbr": "member", "mgr": "manager", "mname": "middle name", "mob": "phone", "msg": "message",
    "msgs": "message", "msisdn": "phone", "nbr": "number", "nm": "name", "nr": "number", "num": "number",
    "org": "company", "os": "device", "passwd": "password", "pfp": "photo", "pic": "photo", "pics": "photo",
    "pk": "id", "pref": "preference", "prefs": "preference", "pwd": "password", "qry": "search", "qty": "count",
    "rxn": "reaction", "sal": "salary", "sess": "session", "sk": "id", "srch": "search", "subj": "subject",
    "surname": "last name", "tel": "phone", "ts": "timestamp", "ttl": "title", "txt": "text", "tz": "timezone",
    "ua": "user agent", "uid": "user id", "uname": "user name", "uni": "school", "univ": "school", "usr": "user",
    "uuid": "id", "yob": "birthday", "yoe": "years experience", "yr": "year", "zip": "postcode",
}  # fmt: skip
# Several words for one thing; the first is the one that counts.
SAME: tuple[str, ...] = (
    "advert ad advertisement advertising", "birthday birthdate born", "browser useragent", "city town municipality",
    "click clickthrough", "comment commented", "company employer firm organisation organization workplace",
    "contact connection friend", "course lesson", "cv resume", "degree diploma", "device handset smartphone",
    "email mail", "ethnicity ethnic race", "follow follower following followee", "gender sex", "group community",
    "id identifier key", "like reaction upvote", "message chat inbox", "phone telephone mobile cell cellphone",
    "photo picture image avatar portrait", "place location whereabouts latitude longitude geolocation coordinate",
    "postcode postalcode zipcode", "salary wage pay compensation income earning remuneration",
    "school university college", "search query", "signin login logon signon", "skill competency competence",
    "test exam quiz assessment", "view pageview visit", "job vacancy", "seniority senior", "score grade result mark",
)  # fmt: skip
# Several words that are one thing.
TOGETHER: dict[Words, str] = {
    ("e", "email"): "email", ("user", "agent"): "browser", ("sign", "in"): "signin", ("sign", "ins"): "signin",
    ("log", "in"): "signin", ("post", "code"): "postcode", ("postal", "code"): "postcode",
    ("date", "of", "birth"): "birthday", ("birth", "date"): "birthday", ("birth", "day"): "birthday",
    ("birth", "year"): "birthday", ("curriculum", "vitae"): "cv", ("page", "view"): "view",
    ("ethnicity", "group"): "ethnicity", ("first", "name"): "personname", ("last", "name"): "personname",
    ("full", "name"): "personname", ("display", "name"): "personname", ("middle", "name"): "personname",
    ("given", "name"): "personname", ("family", "name"): "personname", ("user", "name"): "personname",
    ("nick", "name"): "personname",
}  # fmt: skip
# Written together often enough to be taken apart.
_GLUED = """
user member customer profile first last full name email address phone number mobile home work birth date place city
country region street postal code job title company school degree start end year salary search history term text message
body sender post article draft comment like reaction view click advert group follow contact skill language course test
score device browser type model agent sign login time count photo picture url level status answer
"""
GLUED = frozenset(_GLUED.split())
# Small words of sentences, which say nothing about what something is.
_SMALL = """
a an and the of your you we our us that this these those to in on at for with what who whom which how when from where it
its is are was be by or as other others can if has have had do does did not no yes he she they their them any all each
per than then there so i my me will would may one ones
"""
SMALL = frozenset(_SMALL.split())


def name_words(name: str) -> Words:
    """The words of a column's or a table's name, each as it is compared; numbers are left out."""
    return _joined([word for part in _parts(name) for word in _meant(part.lower())])


def text_words(text: str) -> Words:
    """The words of a sentence, each as it is compared, small words left out."""
    plain = unicodedata.normalize("NFKC", text).lower()
    found = (word for word in _BETWEEN.split(plain) if word and not word.isdigit())
    return tuple(word for word in _joined([same(word) for word in found]) if word not in SMALL)


def alike(text: str) -> frozenset[str]:
    """The words of a list, each as it is compared."""
    return frozenset(map(same, text.split()))


def plain_words(name: str) -> Words:
    """The words of a name as they were written, only taken apart: for a pattern, which must match them."""
    return tuple(part.lower() for part in _parts(name))


@lru_cache(maxsize=16_384)
def same(word: str) -> str:
    """The word that stands for it and for its like: its singular, without endings, or the commonest of its synonyms."""
    stem = _stem(word)
    return _SYNONYMS.get(word) or _SYNONYMS.get(stem) or stem


def _parts(name: str) -> Iterator[str]:
    for part in _BETWEEN.split(unicodedata.normalize("NFKC", name)):
        for piece in _BORDERS.split(part):
            if piece and not piece.isdigit():
                yield piece


@lru_cache(maxsize=16_384)
def _meant(part: str) -> Words:
    """The words that one part of a name stands for."""
    if part in SHORT:
        return tuple(map(same, SHORT[part].split()))
    return tuple(map(same, _apart(part)))


def _apart(part: str) -> Words:
    """What was written together, e.g. ``birthdate``, if it is made of well-known words and nothing else."""
    if part in GLUED or part in _SYNONYMS or len(part) > LONGEST_GLUED:
        return (part,)
    best: list[Words | None] = [()] + [None] * len(part)
    for end in range(SHORTEST_PART, len(part) + 1):
        for start in range(end - SHORTEST_PART + 1):
            before = best[start]
            shorter = before is not None and (best[end] is None or len(before) + 1 < len(best[end] or ()))
            if before is not None and shorter and part[start:end] in GLUED:
                best[end] = (*before, part[start:end])
    return best[-1] or (part,)


def _joined(words: list[str]) -> Words:
    found: list[str] = []
    place = 0
    while place < len(words):
        for length in (3, 2):
            together = TOGETHER.get(tuple(words[place : place + length]))
            if together:
                break
        found.append(together or words[place])
        place += length if together else 1
    return tuple(found)


def _stem(word: str) -> str:
    """English endings only: ``addresses``, ``stories``, ``clicked``, ``searching``."""
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 4 and re.search(r"(ch|sh|ss|x)es$", word):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return word[: -len(ending)]
    return word


def _synonyms(rows: Iterable[str]) -> dict[str, str]:
    return {word: first for row in rows for first in [row.split()[0]] for word in row.split()}


_SYNONYMS = _synonyms(SAME)
