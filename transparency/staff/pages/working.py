"""``/staff/workers/``: is the work done that nobody sees?"""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from transparency.accounts import working
from transparency.staff.access import StaffRequest, opens


@opens("staff.read")
def workers(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "timetable": working.timetable_asked(now),
        "waiting": working.waiting(),
        "taken": working.taken(),
        "answering": working.answering(),
        "scheduled": working.scheduled(now),
    }
    return render(request, "staff/workers.html", context)
