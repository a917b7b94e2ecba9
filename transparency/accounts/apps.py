from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "transparency.accounts"
    label = "accounts"
