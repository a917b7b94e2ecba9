"""What holds where: on which basis Tandem uses data, whether members may refuse, and who else receives it."""

from transparency.register.schema import Default, Recipient, RecipientRole, Refusal, Scope

CLAUSES = "Standard contractual clauses"
CLOUD = Recipient(name="Nimbus Cloud", role=RecipientRole.PROCESSOR, country="Ireland")
INKWELL = Recipient(name="Inkwell AI", role=RecipientRole.PROCESSOR, country="United States", transfer=CLAUSES)
# Who receives data of a feature, beside the cloud that everything runs in.
OTHERS = {
    "ads": (Recipient(name="Brightboard", role=RecipientRole.THIRD_PARTY, country="United States", transfer=CLAUSES),),
    "candidate-matching": (Recipient(name="Companies that look for people", role=RecipientRole.THIRD_PARTY),),
    "writing-assistant": (INKWELL,),
    "suggested-replies": (INKWELL,),
    "cv-reader": (INKWELL,),
    "translation": (
        Recipient(
            name="Lingua Bridge", role=RecipientRole.PROCESSOR, country="Canada", transfer="Adequacy decision of the EU"
        ),
    ),
    "abuse-detection": (
        Recipient(name="SafeSignal Alliance", role=RecipientRole.JOINT_CONTROLLER, country="Netherlands"),
    ),
}

EUROPE = ("EU", "GB", "CH")
OBJECT = "Object: write to privacy@tandem.example"
SEE = "See your data: in your account"
GOOD_REASON = (
    "We want members to find what helps them. You can refuse at any time, and lose nothing but the suggestions."
)
ASKED = Scope(
    jurisdictions=EUROPE,
    legal_basis="consent",
    refusal=Refusal.CONSENT_FIRST,
    default=Default.OFF,
    default_reason="This data is yours until you say yes.",
    rights=("Take your yes back at any time: on this page", SEE),
)
REFUSABLE = (
    Scope(jurisdictions=EUROPE, legal_basis="legitimate_interest", interest=GOOD_REASON, rights=(OBJECT, SEE)),
    Scope(jurisdictions=("*",), legal_basis="contract", refusal=Refusal.YES),
)
ASKED_FIRST = (
    ASKED,
    Scope(
        jurisdictions=("*",),
        legal_basis="contract",
        refusal=Refusal.YES,
        default=Default.OFF,
        default_reason="We do the same everywhere.",
    ),
)
ADVERTS = (
    ASKED,
    Scope(
        jurisdictions=("US-CA",),
        legal_basis="contract",
        refusal=Refusal.YES,
        rights=("Do not sell or share my data: refuse here", SEE),
    ),
    Scope(jurisdictions=("*",), legal_basis="contract", refusal=Refusal.YES),
)
ONLY_IF_TOLD = (
    Scope(
        jurisdictions=("*",),
        legal_basis="consent",
        refusal=Refusal.CONSENT_FIRST,
        default=Default.OFF,
        default_reason="The law protects this data specially, so we never use it unless you say yes.",
        rights=("Take your yes back at any time: on this page", SEE),
    ),
)
PART_OF_IT = (
    Scope(
        jurisdictions=("*",),
        legal_basis="contract",
        refusal=Refusal.NO,
        why_not="It only reads a file when you ask it to. Do not want it? Fill in the form yourself.",
    ),
)
SAFETY = (
    Scope(
        jurisdictions=("*",),
        legal_basis="legitimate_interest",
        refusal=Refusal.NO,
        interest="Without it we could not stop fraud, threats and stolen accounts.",
        why_not="One person who could refuse would be enough to let attackers in.",
        rights=("Object, if your case is special: write to privacy@tandem.example", SEE),
    ),
)
