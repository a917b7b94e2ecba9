"""Every way in which a catalog can go bad, by name. Some change what is said, some how it is sent."""

from enum import StrEnum


class Fault(StrEnum):
    """What is wrong; the value is what the page of the fake calls it."""

    # How it is sent.
    SILENT = "answers nothing, and keeps the line open"
    DRIPS = "sends one byte now and then, for ever"
    BROKEN = "answers every question with status 500"
    BUSY = "answers with status 429: come again in a second"
    BUSY_FOR_A_DAY = "answers with status 429: come again tomorrow"
    BUSY_SOMEHOW = "answers with status 429, and “abc” for when to come again"
    BUSY_BACKWARDS = "answers with status 429: come again 5 seconds ago"
    LOCKED = "lets nobody in (status 401)"
    CUT = "stops in the middle of an answer"
    CUT_CHUNK = "stops in the middle of a chunk"
    HALF_JSON = "sends half of the JSON as if it were all"
    SIGN_IN_PAGE = "sends a page to sign in at, with status 200"
    NOT_ZIPPED = "says that it zips, and does not"
    BOMB = "sends a small answer that unzips to a gigabyte"
    HUGE = "sends an answer of 40 million bytes"
    DEEP = "sends a hundred thousand brackets"
    LOOP = "sends us round in circles"
    ELSEWHERE = "sends us to an address inside the own network"
    # What is said.
    SAME_PAGE = "sends the first page again and again"
    SHRINKS = "promises less with every page"
    LESS = "promises more than it sends"
    OVERLAPS = "repeats half of each page on the next one"
    OUT_OF_ORDER = "sends the last page first"
    FIELD_GONE = "leaves out a field that was always there"
    FIELD_NEW = "sends fields that nobody knows"
    TAG_RENAMED = "calls a tag by another name"
    HALF_GONE = "has lost half of what it knew"


# Nothing of what it says is wrong then; a connector must read it as if nothing were.
HARMLESS = frozenset({Fault.FIELD_NEW, Fault.OUT_OF_ORDER})
