from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "transparency.members"
    label = "members"
