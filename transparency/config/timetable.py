"""What is done without anybody asking, and every how many seconds: Celery's beat rings, a worker does it. Pure."""

TIMETABLE = {
    "forget what expired": {"task": "accounts.forget_expired", "schedule": 3600.0},
    "enter choices in the log": {"task": "consent.enter_choices", "schedule": 15.0},
    "seal the log": {"task": "ledger.seal", "schedule": 15.0},
    "have the log signed by witnesses": {"task": "ledger.cosign", "schedule": 20.0},
    "see whether the log stands still": {"task": "config.watch_the_log", "schedule": 60.0},
    "see whether anything was rewritten": {"task": "config.look_for_rewritten", "schedule": 60.0},
    "try whether refusing works": {"task": "config.try_refusing", "schedule": 240.0},
    "show that work is done": {"task": "accounts.show_that_work_is_done", "schedule": 15.0},
    "start due refreshes": {"task": "transparency.catalog.tasks.refresh_due_sources", "schedule": 5.0},
    "forget applied events": {"task": "transparency.catalog.tasks.forget_applied_events", "schedule": 3600.0},
    "look after lists": {"task": "enforcement.look_after_lists", "schedule": 60.0},
    "tell members of changes": {"task": "consent.tell_of_changes", "schedule": 60.0},
    "send the weekly letters": {"task": "consent.send_digests", "schedule": 600.0},
    "send the letters of the day": {"task": "review.send_digests", "schedule": 600.0},
    "forget old messages to pipelines": {"task": "enforcement.forget_messages", "schedule": 3600.0},
    "tell pipelines": {"task": "enforcement.tell_pipelines", "schedule": 10.0},
    "follow the catalog": {"task": "config.follow_the_catalog", "schedule": 20.0},
    "draw the graph": {"task": "transparency.catalog.tasks.draw_the_graph", "schedule": 20.0},
    "suggest what columns hold": {"task": "config.suggest_labels", "schedule": 30.0},
}
