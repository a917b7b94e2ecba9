"""What a browser sends from the page of choices, read from the page itself."""

import re

ALL = "all"
TRAINING = "stage:training"
FEATURE = "feature:job-ranking"
USE = "use:communications.messages/job-ranking/training"


def page_of(client, path="/choices/"):
    return client.get(path).content.decode()


def form_on(page):
    """The hidden fields, and for each scope and word the value of its button."""
    hidden = dict(re.findall(r'type="hidden" name="(edition|key)" value="([^"]*)"', page))
    buttons = re.findall(r'<button[^>]* name="answer" value="(\w+) (\d+) ([^"]+)"', page)
    return hidden, {(word, scope): f"{word} {seen} {scope}" for word, seen, scope in buttons}


def press(client, word, scope, page=None, **changed):
    """Press a button on a page that was loaded before, or is loaded now."""
    hidden, buttons = form_on(page or page_of(client))
    return client.post("/choices/", hidden | {"answer": buttons[word, scope]} | changed)


def state_of(page, anchor):
    """On, off or partly, and the words beside a question."""
    found = re.search(
        rf'<li class="question" id="{anchor}">.*?<b class="(\w+)">[^<]*</b> ([^<]*?)\s*<', page, re.DOTALL
    )
    return found.groups()
