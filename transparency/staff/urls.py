"""The addresses of this door."""

from django.urls import path, re_path

from transparency.staff.pages import (
    again,
    assets,
    history,
    inbox,
    marking,
    people,
    preview,
    proposals,
    records,
    sources,
    spreadsheet,
    tokens,
)

app_name = "staff"
KIND = "(?P<kind>category|feature|use)"
VERB = "(?P<verb>submit|approve|return|publish|withdraw|comment)"

urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("again/", again.again, name="again"),
    path("findings/dismiss/", inbox.dismiss, name="dismiss"),
    path("findings/<int:pk>/", inbox.finding, name="finding"),
    path("findings/<int:pk>/reopen/", inbox.reopen, name="reopen"),
    path("findings/<int:pk>/propose/", inbox.propose, name="propose"),
    path("proposals/", proposals.proposals, name="proposals"),
    path("proposals/start/", proposals.start, name="start"),
    path("proposals/<int:pk>/", proposals.proposal, name="proposal"),
    path("proposals/<int:pk>/update/", proposals.update, name="update"),
    path("proposals/<int:pk>/undo/<int:edit>/", proposals.undo, name="undo"),
    re_path(rf"^proposals/(?P<pk>[0-9]{{1,9}})/edit/{KIND}/\Z", records.edit, name="edit"),
    re_path(rf"^proposals/(?P<pk>[0-9]{{1,9}})/{VERB}/\Z", proposals.act, name="act"),
    re_path(rf"^proposals/(?P<pk>[0-9]{{1,9}})/preview/{KIND}/\Z", preview.preview, name="preview"),
    path("proposals/<int:pk>/table/", spreadsheet.table, name="table"),
    path("proposals/<int:pk>/table/import/", spreadsheet.bring, name="bring"),
    path("records/", records.records, name="records"),
    path("records/uses.csv", spreadsheet.uses, name="uses-csv"),
    path("assets/", assets.assets, name="assets"),
    path("assets/one/", assets.asset, name="asset"),
    path("sources/", sources.sources, name="sources"),
    path("sources/add/", sources.change, name="add-source"),
    path("sources/<slug:slug>/", sources.source, name="source"),
    path("sources/<slug:slug>/change/", sources.change, name="change-source"),
    path("sources/<slug:slug>/progress/", sources.progress, name="progress"),
    path("sources/<slug:slug>/refresh/", sources.refresh, name="refresh"),
    path("sources/<slug:slug>/accept/<int:pk>/", sources.accept, name="accept"),
    path("rules/", marking.rules, name="rules"),
    path("rules/add/", marking.add_rule, name="add-rule"),
    re_path(r"^rules/(?P<pk>[0-9]{1,9})/(?P<verb>up|down|remove)/\Z", marking.change_rule, name="change-rule"),
    path("bindings/", marking.bindings, name="bindings"),
    path("bindings/add/", marking.add_binding, name="add-binding"),
    path("bindings/<int:pk>/remove/", marking.remove_binding, name="remove-binding"),
    path("barriers/", marking.barriers, name="barriers"),
    path("barriers/propose/", marking.propose_barrier, name="propose-barrier"),
    path("barriers/<int:pk>/approve/", marking.approve_barrier, name="approve-barrier"),
    path("barriers/<int:pk>/remove/", marking.remove_barrier, name="remove-barrier"),
    path("history/", history.history, name="history"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/change/", people.change, name="change-person"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="revoke"),
]
