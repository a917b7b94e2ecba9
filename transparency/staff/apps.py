from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "transparency.staff"
    label = "staff"
