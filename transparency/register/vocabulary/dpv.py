"""The terms of DPV 2.3 that this site publishes, by prefix: an IRI that is not among them is never written. Pure.

``pd`` and ``loc`` name every kind of personal data and every place that staff may choose; the others, only what the
documents use. Terms are names of the vocabulary, without its texts.
"""

PREFIXES = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "ai": "https://w3id.org/dpv/ai#",
    "tech": "https://w3id.org/dpv/tech#",
    "loc": "https://w3id.org/dpv/loc#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "eu-aiact": "https://w3id.org/dpv/legal/eu/aiact#",
    "dct": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# The law of these places is the GDPR itself; the United Kingdom and Switzerland have their own.
_GDPR_PLACES = """
    EU EEA AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK
"""
GDPR_PLACES = frozenset(_GDPR_PLACES.split())
_COUNTRIES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK
    FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK
    ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF
    TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
_STATES = """
    AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK
    OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC
"""
_PERSONAL_DATA = """
    Accent AccountIdentifier Acquaintance Age AgeExact AgeRange ApartmentOwned Association Attitude
    Authenticating AuthenticationHistory BankAccount Behavioural Biometric BirthCountry BirthDate BirthPlace
    BloodType BrowserFingerprint BrowserHistory BrowsingBehaviour BrowsingReferral CallLog CarOwned Character
    Citizenship City Communication CommunicationsMetadata Connection Contact Country Credit CreditCapacity
    CreditCardNumber CreditRecord CreditScore CreditStanding CreditWorthiness Criminal CriminalCharge
    CriminalConviction CriminalOffence CriminalPardon CurrentEmployment CurrentLocation DNACode Demeanour
    Demographic DeviceApplications DeviceBased DeviceOperatingSystem DeviceSoftware Dialect DigitalFingerprint
    Disability DisciplinaryAction Dislike Divorce Domicile DrugTestResult Education EducationExperience
    EducationQualification EducationTraining EmailAddress EmailAddressPersonal EmailAddressWork EmailContent
    Emotion EmploymentHistory EthnicOrigin Ethnicity External FacialExpression FacialPrint Family
    FamilyHealthHistory FamilyStructure Favourite FavouriteColour FavouriteFood FavouriteMusic Fetish Financial
    FinancialAccount FinancialAccountNumber FinancialStatus Fingerprint Friend GPSCoordinate Gender
    GeneralReputation Genetic Geographic GroupMembership GroupProfile HairColour Health HealthHistory
    HealthRecord Height Historical HomeLocation HouseNumber HouseOwned Household IPAddress Identifier
    Identifying Income IncomeBracket IndividualHealthHistory IndividualProfile Insurance Intention Interaction
    Interest Internal Job KnowledgeBelief Language LifeHistory Like LinkClicked LoanRecord Locality Location
    MACAddress MaritalStatus Marriage MedicalHealth MentalHealth Mood Name Nationality OfficialID Offspring
    Opinion Ownership PINCode Parent Passport Password PastEmployment PaymentCard PaymentCardExpiry
    PaymentCardNumber PerformanceAtWork PersonalDocuments PersonalPossession Personality PhilosophicalBelief
    PhysicalAddress PhysicalCharacteristic PhysicalHealth PhysicalTrait Picture Piercing PoliticalAffiliation
    PoliticalOpinion PostalCode Preference Prescription PrivacyPreference Proclivity Professional
    ProfessionalCertification ProfessionalEvaluation ProfessionalExperience ProfessionalInterview
    ProfessionalTraining Profile PublicLife PubliclyAvailableSocialMedia Purchase PurchasesAndSpendingHabit Race
    Reference Region Relationship Reliability Religion ReligiousBelief Residency Retina RoomNumber Salary Sale
    School SecretText ServiceConsumptionBehaviour Sexual SexualHistory SexualPreference Sibling SkinTone Social
    SocialBehaviour SocialMedia SocialMediaCommunication SocialNetwork SocialStatus Street TVViewingBehaviour
    Tattoo Tax TechnicalKnowledge TelephoneNumber Thought Tracking TradeUnionMembership Transaction
    Transactional TravelHistory UID UserAgent Username VehicalLicenseNumber VehicalLicenseRegistration Vehicle
    VehicleLicense VehicleUsage VoiceCommunicationRecording VoiceMail Vulnerability Weight WorkEnvironment
    WorkExperience WorkHistory WorkLocation
"""
_DPV = """
    AccessControlMethod CannotOptOutFromProcess ChallengingProcess Consent Consequence Contract DataController
    DataProcessor DataSubjectRight DerivedPersonalData Duration Encryption FraudPreventionAndDetection
    HumanInvolvementForVerification ImproveExistingProductsAndServices InferredPersonalData JointDataControllers
    Justification LegalObligation LegitimateInterest LegitimateInterestAssessment NotAvailable ObservedPersonalData
    OptingInToProcess OptingOutFromProcess Optional PersonalData PersonalDataHandling PersonalisedAdvertising
    PrimaryImportance PrivacyNotice ProvideConsent ProvidePersonalisedRecommendations ProvidedPersonalData
    Pseudonymisation Purpose RecruitmentApplicationScreening Required ResearchAndDevelopment Risk Scope
    SearchFunctionalities SecondaryImportance SensitivePersonalData ServicePersonalisation ServiceProvision
    SpecialCategoryPersonalData StorageDuration TechnicalOrganisationalMeasure TemporalDuration ThirdParty
    ThirdPartyDataSource Use User WithdrawConsent hasAlgorithmicLogic hasApplicability hasAssessment hasAutomationLevel
    hasConsequence hasContact hasDataController hasDataSource hasDataSubject hasDuration hasEntityControl
    hasHumanInvolvement hasImportance hasJurisdiction hasJustification hasLegalBasis hasLegalMeasure hasLocation
    hasNecessity hasNotice hasPersonalData hasProcess hasProcessing hasPurpose hasRecipient hasResponsibleEntity
    hasRight hasRisk hasScope hasStorageCondition hasTechnicalOrganisationalMeasure
"""
_AI = """
    AISystem Capability ContentGeneration DevelopmentStage InformationRetrieval Model ModelFineTuning ModelTraining
    OperationStage RetirementStage hasAISystem hasCapability hasModel
"""
TERMS: dict[str, frozenset[str]] = {
    "dpv": frozenset(_DPV.split()),
    "pd": frozenset(_PERSONAL_DATA.split()),
    "ai": frozenset(_AI.split()),
    "tech": frozenset(["hasIntendedUse", "hasLifecycleStage", "hasProvider"]),
    "loc": frozenset(("EU", "EEA", *_COUNTRIES.split(), *(f"US-{state}" for state in _STATES.split()))),
    "eu-gdpr": frozenset(["A6-1-a", "A6-1-b", "A6-1-c", "A6-1-f"]),
    "eu-aiact": frozenset(["RiskLevelHigh-A6-2", "RiskLevelMinimal", "RiskLevelTransparencyRequired", "hasRiskLevel"]),
}


def exists(iri: str) -> bool:
    """Whether this IRI is a term of DPV 2.3 that we know."""
    space, mark, name = iri.partition("#")
    return any(f"{space}{mark}" == PREFIXES[prefix] and name in names for prefix, names in TERMS.items())


def is_kind_of_data(iri: str) -> bool:
    """Whether this IRI names a kind of personal data of DPV 2.3."""
    return iri.startswith(PREFIXES["pd"]) and exists(iri)
