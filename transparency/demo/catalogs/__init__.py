"""Catalogs to try things with: they answer as Marquez, OpenMetadata and DataHub do, and go bad when they are told to.

All of them tell of the same sample company. They are part of the demo, and what every connector is tested with.
"""
