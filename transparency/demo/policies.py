"""Tandem's terms and privacy policy. With the third edition the clause about training reads otherwise.

One clause names a purpose that nobody at Tandem pursues, and one use cites no clause: staff find both in their inbox.
"""

from transparency.register.clauses import read
from transparency.register.schema import Policy, PolicyKind, Stage

TERMS = """These terms hold between you and Tandem Ltd. They are short on purpose.

## 1 What Tandem is

1.1 Tandem is a place to find work, people and courses. You need an account, and you must be 16 or older.

1.2 Some features work with artificial intelligence. Each has a page of its own that says which of your data it uses.

## 2 What you give us

2.1 What you write and upload stays yours. You allow us to store it and to show it to the people you chose.

2.2 When you upload a file to have it read, we read that file and nothing else.

## 3 What you may expect

3.1 No feature decides alone whether you get a job. A person looks at it.

3.2 If you refuse a use of your data, you keep your account and everything that does not need it.

## 4 How it ends

4.1 You can leave at any time. We then delete your data within 30 days, unless the law makes us keep it.
"""
PRIVACY = """This policy says what we do with data about you. It is part of what you can
look up, use by use, on this site.

## 1 Who we are

Tandem Ltd, 1 Harbour Street, Dublin. Write to [privacy@tandem.example](mailto:privacy@tandem.example).

## 2 What we know about you

2.1 **What you tell us**: your profile, your posts, your messages, your applications.

2.2 **What we see** while you are here: what you read, what you look for, which device you use.

2.3 **What we guess** from the rest, such as topics that may interest you.

## 3 What artificial intelligence does with it

### 3.1 While you are on the site

Purposes: to suggest things that may suit you; to fit the site to you; to give you what you asked for; to find what you
look for; to match people and jobs

Features use your data to answer you, and to choose what you see.

### 3.2 To train models

Models learn from the data of many members. What they learn cannot be taken out of them again. So:

- names, addresses and files are taken out first, where the feature does not need them;
- you can refuse, and then new models are made without you;
- no other company trains models of its own with your data.

### 3.3 To test whether models are fair

Purposes: to make one named feature better

Only if you said yes, we test with data about equality whether a feature treats people alike.

### 3.4 For adverts

Purposes: to show you adverts picked for you

Adverts follow your topics, unless you refuse. You see as many adverts as before, but the same as everybody.

### 3.5 To keep members safe

Purposes: to keep members safe from fraud and abuse

Programs look for spam, threats and stolen accounts. Nobody can refuse that, because it protects the others.

### 3.6 For research

Purposes: to do research

We may study, with universities, how people find work.

## 4 Who else receives it

Companies that work for us and follow our orders, in the countries that each use names.

## 5 How long we keep it

As long as each use says. Then it is deleted, or made so that nobody can be found in it.
"""
BEFORE = "- names, addresses and files are taken out first, where the feature does not need them;\n"


def _document(slug: str, title: str, kind: PolicyKind, version: str, source: str) -> Policy:
    opening, clauses = read(source)
    return Policy(slug=slug, title=title, kind=kind, version=version, opening=opening, clauses=clauses)


NOW = (
    _document("privacy-policy", "Privacy policy", PolicyKind.PRIVACY, "2.0", PRIVACY),
    _document("terms-of-service", "Terms of service", PolicyKind.TERMS, "1.0", TERMS),
)
# At first nothing was taken out before models learned.
AT_FIRST = (
    _document("privacy-policy", "Privacy policy", PolicyKind.PRIVACY, "1.0", PRIVACY.replace(BEFORE, "")),
    NOW[1],
)


def clauses_of(category: str, feature: str, stage: Stage) -> tuple[str, ...]:
    """What covers a use. Nobody has thought of test results yet."""
    if category == "learning.test_results":
        return ()
    if stage == Stage.EVALUATION:
        return ("Privacy policy 3.3",)
    if feature in ("ads", "abuse-detection"):
        return ("Privacy policy 3.4",) if feature == "ads" else ("Privacy policy 3.5",)
    if stage in (Stage.TRAINING, Stage.FINE_TUNING):
        return ("Privacy policy 3.2",)
    return ("Privacy policy 3.1", "Terms of service 2.2") if feature == "cv-reader" else ("Privacy policy 3.1",)
