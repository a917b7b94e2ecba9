"""A pipeline's side of suppression lists: fetched, kept on disk, held against members. No Django."""
