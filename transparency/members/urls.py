"""The addresses of this door. Every page that speaks of the register also stands below ``/on/<day>/``."""

from django.urls import include, path, re_path
from django.views.decorators.http import conditional_page, require_safe

from transparency.consent.queries import WORDS_OF_PERSON
from transparency.members import offers
from transparency.members.feeds import ChangesFeed, json_feed
from transparency.members.pages import files
from transparency.members.pages.account import account, digest, letters, sign_out
from transparency.members.pages.categories import categories, category
from transparency.members.pages.changes import changes, edition, edition_document, past
from transparency.members.pages.choices import choices
from transparency.members.pages.differences import compare, difference, json_patch
from transparency.members.pages.ending import end
from transparency.members.pages.features import feature, features
from transparency.members.pages.history import history, history_csv, history_json
from transparency.members.pages.ledger import TILE, checkpoint, index, ledger, proof, public_keys, script, signed, tile
from transparency.members.pages.obedience import pipelines
from transparency.members.pages.overview import how, overview
from transparency.members.pages.policies import clause, policies, policy
from transparency.members.pages.privacy_signal import gpc, privacy_signal
from transparency.members.pages.receipts import receipt, receipt_json
from transparency.members.pages.search import search
from transparency.members.pages.today import today
from transparency.members.pages.uses import use
from transparency.members.pages.yours import yours
from transparency.members.press import printed

app_name = "members"

STAGE = "(?P<stage>training|fine_tuning|inference|evaluation)"
CATEGORY = r"(?P<category>[a-z0-9_.]{1,120})"
FEATURE = "(?P<feature>[a-z0-9-]{1,60})"
TWO = "(?P<first>[1-9][0-9]{0,8})/to/(?P<second>[1-9][0-9]{0,8})"
KEY = r"(?P<key>[a-z0-9_.]{1,120})"
SLUG = "(?P<slug>[a-z0-9-]{1,60})"
OF_EDITION = "editions/(?P<number>[1-9][0-9]{0,8})"
USE = "(?P<name>[a-z0-9_.]{1,120}/[a-z0-9-]{1,60}/[a-z_]{1,12})"

pages = [
    path("", printed(overview, yours, beside=WORDS_OF_PERSON, offers=offers.of_register), name="overview"),
    path("categories/", printed(categories), name="categories"),
    re_path(
        r"^categories/(?P<key>[a-z0-9_.]{1,120})/\Z", printed(category, offers=offers.of_category), name="category"
    ),
    path("features/", printed(features), name="features"),
    re_path(rf"^features/{SLUG}/\Z", printed(feature, offers=offers.of_feature), name="feature"),
    re_path(rf"^uses/{CATEGORY}/{FEATURE}/{STAGE}/\Z", printed(use, offers=offers.of_use), name="use"),
    path("downloads/", printed(files.downloads, offers=offers.of_register), name="downloads"),
    path("changes/", changes, name="changes"),
    path("search/", search, name="search"),
    path("how/", printed(how), name="how"),
    path("policies/", printed(policies), name="policies"),
    re_path(rf"^policies/{SLUG}/\Z", printed(policy), name="policy"),
    re_path(rf"^policies/{SLUG}/(?P<number>[0-9a-z.]{{1,30}})/\Z", printed(clause), name="clause"),
]
urlpatterns = [
    *pages,
    re_path(r"^on/(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})/", include((pages, "on"))),
    path("on/", past, name="past"),
    path("on/today/<path:path>", today, name="today"),
    path("on/today/", today, {"path": ""}, name="today"),
    path("changes/compare/", compare, name="compare"),
    path("changes/feed.json", conditional_page(json_feed), name="changes-feed-json"),
    re_path(rf"^editions/{TWO}/\Z", printed(difference), name="difference"),
    re_path(rf"^editions/{TWO}\.patch\.json\Z", json_patch, name="json-patch"),
    path("changes/feed.atom", conditional_page(require_safe(ChangesFeed())), name="changes-feed"),
    re_path(r"^editions/(?P<number>[1-9][0-9]{0,8})/\Z", printed(edition, offers=offers.of_edition), name="edition"),
    re_path(r"^editions/(?P<number>[1-9][0-9]{0,8})\.json\Z", edition_document, name="edition-document"),
    re_path(rf"^{OF_EDITION}/(?P<file>{files.FORMS})\Z", files.whole, name="edition-file"),
    re_path(rf"^{OF_EDITION}/categories/{KEY}\.jsonld\Z", files.category, name="category-data"),
    re_path(rf"^{OF_EDITION}/features/{SLUG}\.jsonld\Z", files.feature, name="feature-data"),
    re_path(rf"^{OF_EDITION}/features/{SLUG}\.md\Z", files.card, name="model-card"),
    re_path(rf"^{OF_EDITION}/uses/{USE}\.jsonld\Z", files.use, name="use-data"),
    path("choices/", choices, name="choices"),
    path("choices/history/", history, name="history"),
    path("choices/history.json", history_json, name="history-json"),
    path("choices/history.csv", history_csv, name="history-csv"),
    path("receipts/<uuid:reference>/", receipt, name="receipt"),
    path("receipts/<uuid:reference>.json", receipt_json, name="receipt-json"),
    path("accounts/here/", account, name="account"),
    path("accounts/here/letters/", letters, name="letters"),
    path("accounts/here/digest/", digest, name="digest"),
    path("accounts/here/sign-out/", sign_out, name="sign-out"),
    path("letters/end/", end, name="end-letters"),
    path("how/pipelines/", pipelines, name="pipelines"),
    path("ledger/", ledger, name="ledger"),
    path("ledger/checkpoint", checkpoint, name="ledger-checkpoint"),
    re_path(r"^ledger/signed/(?P<key>[0-9a-f]{8})\Z", signed, name="ledger-signed"),
    path("ledger/keys", public_keys, name="ledger-keys"),
    path("ledger/verify.py", script, name="ledger-script"),
    re_path(rf"^ledger/tile/(?P<path>{TILE})\Z", tile, name="ledger-tile"),
    re_path(r"^ledger/index/(?P<kind>[a-z]{1,40})/(?P<subject>[A-Za-z0-9._-]{1,80})\Z", index, name="ledger-index"),
    re_path(r"^ledger/proof/(?P<number>0|[1-9][0-9]{0,15})\.tlog-proof\Z", proof, name="ledger-proof"),
    path("privacy-signal/", privacy_signal, name="privacy-signal"),
    path(".well-known/gpc.json", gpc, name="gpc"),
]
