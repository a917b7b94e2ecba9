"""The register as DPV 2.3 JSON-LD, for whoever reads privacy notices by machine. Pure.

Terms are DPV's, with Dublin Core and SKOS for titles and texts. Where DPV has no term of its own for a code of ours, a
node of the nearest class carries the code as ``dct:identifier``. What DPV asks for and no register field answers is
said to be not available (``dpv:NotAvailable``). Left out, because no term holds it: the Fideslang key of a kind of
data, what an AI feature must not be used for, and where in the product one meets it.
"""

import json

from transparency.register.exports.dpv_records import category, feature
from transparency.register.exports.dpv_uses import use
from transparency.register.exports.dpv_words import Node, iri, text
from transparency.register.exports.source import Source
from transparency.register.vocabulary.dpv import PREFIXES

MEDIA_TYPE = "application/ld+json"


def write(source: Source) -> bytes:
    """The edition, or a part of it, as one graph."""
    site, register = source.site, source.register
    graph = [
        _edition(source),
        *(category(one, site) for one in register.categories),
        *(feature(one, site) for one in register.features),
        *(use(one, source) for one in register.uses),
    ]
    document = {"@context": PREFIXES, "@graph": graph}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _edition(source: Source) -> Node:
    """The edition is a notice; it says which handling of data it is about."""
    document = source.document
    return {
        "@id": source.edition_url,
        "@type": "dpv:PrivacyNotice",
        "dct:title": text(f"{source.organisation}: how your data is used, edition {document.number}"),
        "dct:publisher": {"foaf:name": source.organisation},
        "dct:identifier": str(document.number),
        "dct:issued": {"@value": document.published_at, "@type": "xsd:dateTime"},
        **_holding(source),
        "dct:creator": [{"foaf:name": name} for name in document.authors],
        "dct:contributor": {"foaf:name": document.approver},
        "dct:description": [text(sentence) for sentence in document.summary],
        "dct:source": {"@id": source.canonical_url, "dct:identifier": f"sha256:{source.digest}"},
        "skos:note": [text(sentence) for sentence in (document.notice, source.never) if sentence],
        **_corrections(source),
        "dct:conformsTo": {"@id": "https://w3id.org/dpv/2.3"},
        "dpv:hasProcess": [iri(f"{source.use_url(one)}#use") for one in source.register.uses],
        "foaf:page": iri(source.edition_url),
    }


def _corrections(source: Source) -> Node:
    """What was wrong in earlier editions, each in a sentence."""
    found = [text(sentence) for sentences in source.corrections.values() for sentence in sentences]
    return {"skos:historyNote": found} if found else {}


def _holding(source: Source) -> Node:
    """From when the edition is valid; of one that never is, what replaces it."""
    if source.instead:
        return {"dct:isReplacedBy": iri(source.instead_url)}
    return {"dct:valid": {"@value": source.document.effective_at, "@type": "xsd:dateTime"}}
