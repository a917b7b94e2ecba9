from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "transparency.ledger"
    label = "ledger"
