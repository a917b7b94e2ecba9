"""The AI features of Tandem, the sample company: fourteen in use, and one that it gave up."""

from transparency.register.schema import AIFeature, Criterion

CONTACT = "privacy@tandem.example"
TANDEM = "Tandem Ltd"
INKWELL = "Quill 3 by Inkwell AI"


def _feature(slug: str, name: str, what: str, kind: str, group: str, **said: object) -> AIFeature:
    common = {"controller": TANDEM, "provider": TANDEM, "team": f"{name} team", "contact": CONTACT}
    return AIFeature(slug=slug, name=name, what_it_does=what, kind=kind, group=group, **{**common, **said})  # type: ignore[arg-type]  # spelt as JSON spells it


def _criteria(*rows: tuple[str, str, str]) -> tuple[Criterion, ...]:
    return tuple(Criterion(name=name, weight=weight, reason=reason) for name, weight, reason in rows)


FINDING_WORK = (
    _feature(
        "job-recommendations", "Job recommendations", "Shows you jobs that may suit you.", "recommendation",
        "Finding work", decides="order", since="2024-03-01", where="Jobs, “For you”", owner="Head of Jobs",
        criteria=_criteria(
            ("Your skills", "high", "They tell what you can do."),
            ("Where you live", "medium", "Most people want a job nearby."),
            ("Jobs you looked at", "medium", "They show what you like."),
        ),
        intended_use="To help members find jobs they may not have searched for.",
        out_of_scope="Nobody may use it to decide who is invited to an interview.",
        limitations="It knows little about people who are new here, and suggests the same jobs too often.",
    ),
    _feature(
        "candidate-matching", "Candidate matching", "Shows recruiters people who may fit a job.", "ranking",
        "Finding work", decides="significant", risk_level="high (Annex III 4a)", since="2024-09-01",
        where="You do not see it; recruiters do", owner="Head of Hiring",
        human_review="A recruiter reads every profile before writing to anybody. The computer never rejects people.",
        contest="Write to us, and a person looks at how you were ranked within a month.",
        criteria=_criteria(
            ("Skills in the job advert", "high", "Recruiters ask for them."),
            ("Years of work", "medium", "Some jobs need experience."),
            ("How seniority is guessed", "low", "A job for beginners should not go to experts."),
        ),
        intended_use="To show a recruiter whom to read first.",
        out_of_scope="It must not reject anybody, and it must not look at age, sex, origin or health.",
        limitations="It works less well for people with gaps in their work life. We measure that twice a year.",
    ),
    _feature(
        "salary-estimates", "Salary estimates", "Tells you what a job may pay.", "classification", "Finding work",
        since="2025-02-01", where="On each job, under the title", owner="Head of Jobs",
        limitations="It is a guess. In small towns it knows too few salaries to be exact.",
    ),
    _feature(
        "cv-reader", "CV reader", "Fills in application forms from the CV that you upload.", "classification",
        "Finding work", since="2025-01-15", where="When you apply for a job", owner="Head of Jobs",
        third_party_models=(INKWELL,), limitations="It misreads CVs in two columns. Check before you send.",
    ),
)  # fmt: skip

READING = (
    _feature(
        "feed", "Your feed", "Puts posts in an order that may interest you.", "ranking", "Reading", decides="order",
        since="2023-05-01", where="Your home page", owner="Head of Feed",
        criteria=_criteria(
            ("Whom you follow", "high", "You asked to hear from them."),
            ("What you read and like", "high", "It shows what interests you."),
            ("How new a post is", "medium", "News gets old."),
        ),
        limitations="It can show you too much of one opinion. “Newest first” switches it off.",
    ),
    _feature(
        "search", "Search", "Finds people, jobs and posts.", "search", "Reading", decides="order", since="2023-05-01",
        where="The search box on every page", owner="Head of Search",
        criteria=_criteria(
            ("The words you typed", "high", "You said what you look for."),
            ("What you searched for before", "low", "It helps with words that mean two things."),
        ),
    ),
    _feature("translation", "Translation", "Shows posts in your language.", "generation", "Reading",
             since="2024-01-10", where="Under posts in other languages", owner="Head of Feed",
             limitations="It sometimes misses jokes and words of one trade."),
    _feature("notices", "Which notices you get", "Chooses what is worth a notice on your phone.", "ranking", "Reading",
             decides="order", since="2025-03-01", where="Notices and e-mails", owner="Head of Feed"),
)  # fmt: skip

PEOPLE = (
    _feature("people-you-may-know", "People you may know", "Suggests members you may know.", "recommendation",
             "People", decides="order", since="2023-08-01", where="Network, “People”", owner="Head of Network",
             limitations="It may suggest somebody you would rather not meet. You can hide anybody for good."),
    _feature("group-tips", "Groups for you", "Suggests groups that you may like.", "recommendation", "People",
             decides="order", since="2025-04-01", where="Network, “Groups”", owner="Head of Network"),
    _feature("people-nearby", "People nearby", "Showed you members close to you.", "recommendation", "People",
             status="retired", since="2026-05-29", owner="Head of Network"),
)  # fmt: skip

WRITING = (
    _feature("writing-assistant", "Writing assistant", "Helps you to write posts and messages.", "generation",
             "Writing", since="2025-06-01", where="The pen in every text box", owner="Head of Writing",
             third_party_models=(INKWELL,),
             limitations="It sometimes makes up facts. Read before you send."),
    _feature("suggested-replies", "Suggested replies", "Offers short answers to messages.", "generation", "Writing",
             since="2025-11-01", where="Under messages that you get", owner="Head of Writing",
             third_party_models=(INKWELL,), limitations="It does not know what you and the other person agreed on."),
)  # fmt: skip

OTHER = (
    _feature("ads", "Adverts for you", "Chooses which adverts you see.", "advertising", "Adverts", decides="order",
             since="2023-10-01", where="Between posts, marked “Advert”", owner="Head of Advertising",
             criteria=_criteria(
                 ("Topics we guess you like", "high", "Companies look for people who care about their topic."),
                 ("Adverts you clicked", "medium", "They show which adverts are of use to you."),
             ),
             out_of_scope="It must not use sensitive data, and it is never shown to people under 18."),
    _feature("abuse-detection", "Abuse detection", "Finds spam, threats and stolen accounts.", "moderation", "Safety",
             decides="significant", since="2023-05-01", where="Everywhere", owner="Head of Safety",
             human_review="A person looks at every account before it is closed for good.",
             contest="Choose “I think this is wrong” in the message that we send. Another person decides in 3 days.",
             limitations="It is sometimes wrong about jokes, and about languages that few members speak."),
    _feature("course-tips", "Course tips", "Suggests courses that may help you.", "recommendation", "Learning",
             decides="order", since="2025-09-01", where="Learning, “For you”", owner="Head of Learning"),
)  # fmt: skip

FEATURES = (*FINDING_WORK, *READING, *PEOPLE, *WRITING, *OTHER)
