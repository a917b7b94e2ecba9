"""The register in the formats that others use: one pure module each, one table of them all in ``formats``."""
