"""Suppression lists as files: what stands in them, how they are written, and what makes a reader refuse one. Pure.

No Django here: pipelines read lists with these very modules (see ``transparency.enforcement.client``).
"""
