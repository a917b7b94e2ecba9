"""The words of the register: kinds of data, purposes, legal bases, and plain labels for every code. Pure."""

from transparency.register.vocabulary.labels import LABELS, label
from transparency.register.vocabulary.purposes import LEGAL_BASES, PURPOSES, legal_basis_label, purpose_label

__all__ = ["LABELS", "LEGAL_BASES", "PURPOSES", "label", "legal_basis_label", "purpose_label"]
