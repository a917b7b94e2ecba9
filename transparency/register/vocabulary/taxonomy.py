"""A starting taxonomy: the kinds of data that a professional network holds, in a member's words.

Keys are ours and stable for ever. ``dpv`` names a term of DPV 2.3's personal data extension, ``fides`` a data category
of Fideslang 3.
"""

from transparency.register.schema import DataCategory, Origin, Sensitivity

PD = "https://w3id.org/dpv/pd#"
SEEN, GUESSED = Origin.OBSERVED, Origin.INFERRED
ORDINARY, SENSITIVE, SPECIAL = Sensitivity.ORDINARY, Sensitivity.SENSITIVE, Sensitivity.SPECIAL
HOW_SENSITIVE = (ORDINARY, SENSITIVE, SPECIAL)

# Key and name of each group, then: key, name, what it is, three examples, DPV term, Fides key, origin, sensitivity.
Row = tuple[str, str, str, tuple[str, str, str], str, str, Origin, Sensitivity]
GIVEN = Origin.PROVIDED
GROUPS: dict[tuple[str, str, str], tuple[Row, ...]] = {
    ("profile", "Your profile", "What you tell others about yourself."): (
        ("name", "Name and photo", "How others recognise you.", ("Your name", "Your photo", "Your headline"), "Name", "user.name", GIVEN, ORDINARY),
        ("about", "About you", "The text in which you describe yourself.", ("Your summary", "Your interests", "Your pronouns"), "Profile", "user.content", GIVEN, ORDINARY),
        ("place", "Where you live", "The town or region on your profile.", ("Your town", "Your country", "How far you would travel"), "Location", "user.location", GIVEN, ORDINARY),
        ("contact", "Contact details", "How we and others can reach you.", ("E-mail address", "Phone number", "Website"), "Contact", "user.contact", GIVEN, SENSITIVE),
        ("equality", "Answers about equality", "What you tell us, if you like, so that we can check whether we are fair.", ("Gender", "Ethnic group", "Disability"), "Demographic", "user.demographic", GIVEN, SPECIAL),
    ),
    ("work", "Your work life", "Where you work and learned, and what you can do."): (
        ("experience", "Work experience", "The jobs you had.", ("Job titles", "Companies", "Dates"), "WorkHistory", "user.workplace", GIVEN, ORDINARY),
        ("education", "Education", "Where and what you learned.", ("Schools", "Degrees", "Courses"), "Education", "user.content", GIVEN, ORDINARY),
        ("skills", "Skills", "What you say you can do.", ("Skills", "Languages", "Certificates"), "ProfessionalCertification", "user.content", GIVEN, ORDINARY),
        ("salary", "Salary", "What you earn or would like to earn.", ("Current pay", "Wished pay", "Bonus"), "Salary", "user.financial", GIVEN, SENSITIVE),
    ),
    ("communications", "What you write to others", "Messages and comments."): (
        ("messages", "Private messages", "What you write to others in private.", ("The text of a message", "Pictures you send", "When you sent it"), "Communication", "user.content.private", GIVEN, SENSITIVE),
        ("comments", "Comments", "What you write under posts of others.", ("Comments", "Answers", "Mentions"), "Communication", "user.content.public", GIVEN, ORDINARY),
        ("recruiter_messages", "Messages with recruiters", "What you and recruiters write to each other.", ("Job offers", "Your answers", "Interview times"), "Communication", "user.content.private", GIVEN, SENSITIVE),
    ),
    ("posts", "What you publish", "Posts and articles that others can read."): (
        ("posts", "Posts", "Short texts, pictures and films you publish.", ("Posts", "Pictures", "Films"), "SocialMedia", "user.content.public", GIVEN, ORDINARY),
        ("articles", "Articles", "Longer texts you publish.", ("Articles", "Newsletters", "Slides"), "SocialMedia", "user.content.public", GIVEN, ORDINARY),
        ("drafts", "Drafts", "What you started to write and did not publish.", ("Draft posts", "Draft messages", "Deleted words"), "SocialMedia", "user.content.private", SEEN, SENSITIVE),
    ),
    ("activity", "What you do on the site", "What you look at and click."): (
        ("views", "Pages you look at", "Which pages you open and for how long.", ("Profiles you open", "Posts you read", "Time on a page"), "BrowsingBehaviour", "user.behavior.browsing_history", SEEN, ORDINARY),
        ("reactions", "Likes and reactions", "What you like, share and hide.", ("Likes", "Shares", "Hidden posts"), "Like", "user.behavior", SEEN, ORDINARY),
        ("search_history", "Search history", "What you search for.", ("Searched words", "Filters", "Results you clicked"), "BrowsingBehaviour", "user.behavior.search_history", SEEN, SENSITIVE),
        ("ad_clicks", "Adverts you click", "Which adverts you see and click.", ("Clicked adverts", "Hidden adverts", "Adverts seen"), "BrowsingBehaviour", "user.behavior", SEEN, ORDINARY),
    ),
    ("network", "The people you know", "Your contacts, and who you follow."): (
        ("contacts", "Your contacts", "The members you are linked with.", ("Contacts", "Requests", "Blocked members"), "SocialNetwork", "user.social", GIVEN, ORDINARY),
        ("follows", "Who you follow", "People, companies and topics you follow.", ("Companies", "People", "Topics"), "Interest", "user.social", GIVEN, ORDINARY),
        ("address_book", "Your address book", "Names and addresses from your phone, if you let us.", ("Names", "E-mail addresses", "Phone numbers"), "Contact", "user.contact", GIVEN, SENSITIVE),
        ("groups", "Groups", "Groups you belong to and what you write there.", ("Memberships", "Group posts", "Group messages"), "GroupMembership", "user.social", GIVEN, ORDINARY),
    ),
    ("jobs", "Looking for work", "What you do to find a job."): (
        ("applications", "Job applications", "The jobs you applied for.", ("Applications", "Answers to questions", "Outcomes"), "ProfessionalEvaluation", "user.workplace", GIVEN, SENSITIVE),
        ("cv", "CV files", "Files that you upload to apply.", ("CV", "Cover letter", "Portfolio"), "ProfessionalExperience", "user.content.private", GIVEN, SENSITIVE),
        ("saved_jobs", "Saved jobs", "Jobs you keep for later, and alerts you set.", ("Saved jobs", "Job alerts", "Hidden jobs"), "Preference", "user.behavior", GIVEN, ORDINARY),
        ("open_to_work", "Open to work", "Whether you look for a job, and who may know.", ("That you look", "Since when", "Who sees it"), "Intention", "user.workplace", GIVEN, SENSITIVE),
    ),
    ("learning", "Learning", "Courses you take."): (
        ("courses", "Courses", "Courses you start and finish.", ("Started courses", "Finished courses", "Notes"), "EducationQualification", "user.content", SEEN, ORDINARY),
        ("test_results", "Test results", "How you did in skill tests.", ("Scores", "Wrong answers", "Tries"), "EducationQualification", "user.content", SEEN, SENSITIVE),
    ),
    ("device", "Your device", "What your phone or computer tells us."): (
        ("device", "Device and browser", "What you use to visit us.", ("Kind of phone", "Browser", "Language"), "DeviceBased", "user.device", SEEN, ORDINARY),
        ("ip_address", "Network address", "The address from which you connect.", ("IP address", "Rough place", "Provider"), "IPAddress", "user.device.ip_address", SEEN, SENSITIVE),
        ("sign_ins", "Sign-ins", "When and from where you sign in.", ("Times", "Devices", "Failed tries"), "Authenticating", "user.authorization", SEEN, SENSITIVE),
    ),
    ("guesses", "What we guess about you", "What computers work out from your other data."): (
        ("interests", "Guessed interests", "Topics that we think you care about.", ("Topics", "Industries", "Favourite authors"), "Interest", "user.behavior", GUESSED, ORDINARY),
        ("seniority", "Guessed career level", "How senior we think you are.", ("Level", "Years of work", "Likely next job"), "Profile", "user.workplace", GUESSED, SENSITIVE),
        ("job_intent", "Guessed wish to change jobs", "How likely we think you are to look for a job.", ("A number from 0 to 1", "When it last rose", "Why"), "Intention", "user.behavior", GUESSED, SENSITIVE),
    ),
}  # fmt: skip


def _categories() -> tuple[DataCategory, ...]:
    found = []
    for (group, name, what), rows in GROUPS.items():
        origins, sensitivities = [row[6] for row in rows], {row[7] for row in rows}
        found.append(
            DataCategory(
                key=group,
                name=name,
                what_it_is=what,
                examples=tuple(row[1] for row in rows),
                origin=max(origins, key=origins.count),  # as most of it comes
                sensitivity=max(sensitivities, key=HOW_SENSITIVE.index),  # no less than anything in it
            )
        )
        for key, title, meaning, examples, dpv, fides, origin, sensitivity in rows:
            found.append(
                DataCategory(
                    key=f"{group}.{key}",
                    name=title,
                    what_it_is=meaning,
                    examples=examples,
                    parent=group,
                    origin=origin,
                    sensitivity=sensitivity,
                    dpv=PD + dpv,
                    fides=fides,
                )
            )
    return tuple(found)


TAXONOMY = _categories()
