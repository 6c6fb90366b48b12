"""The console's addresses."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from hub.web.console import sign_in, work
from hub.web.console.alarms import show_alarms
from hub.web.console.assets import static_mount
from hub.web.console.case import writing
from hub.web.console.case.beginning import begin_conversation, fetch_file, show_beginning
from hub.web.console.case.changes import change_case, with_verb
from hub.web.console.case.page import show_case
from hub.web.console.files.downloads import download, show_alone
from hub.web.console.files.mail_frame import show_mail, show_whole
from hub.web.console.files.remote_pictures import PATH as PICTURES
from hub.web.console.files.remote_pictures import show_picture
from hub.web.console.files.thumbnails import show_thumbnail
from hub.web.console.lists import next_in_queue, next_on_desk, search, show_desk, show_queue, show_queues
from hub.web.console.live import live
from hub.web.console.mailboxes import show_mailboxes
from hub.web.console.phone_window import give_pass, show_window
from hub.web.console.rules.draft import begin_draft, change_rules, show_draft, show_replay
from hub.web.console.rules.form import keep_rule, show_rule
from hub.web.console.rules.groups import keep_group, remove_group, show_group
from hub.web.console.rules.importing import import_rules, show_import
from hub.web.console.rules.published import export_rules, go_back, show_rules, show_version
from hub.web.console.rules.review import show_review
from hub.web.console.several import change_several
from hub.web.console.telephone import show_telephone, use_telephone
from hub.web.console.unreadable import download_unreadable, settle, show_unreadables
from hub.web.console.visit import MAX_FORM, MAX_FORM_WITH_FILES, FormHandler, PageHandler, form, page

WRITING = {
    "attach": writing.attach,
    "detach": writing.detach,
    "template": writing.begin_with_template,
    "undo": writing.undo,
    "write-again": writing.write_again,
    **{verb: with_verb(verb) for verb in ("reply", "reply-and-resolve")},
}


async def _to_desk(request: Request) -> Response:
    return RedirectResponse("/desk", 303)


def _get(path: str, handler: PageHandler) -> Route:
    return Route(path, page(handler), methods=["GET"])


def _post(path: str, handler: FormHandler) -> Route:
    return _bounded(path, form(handler))


def _with_files(path: str, handler: FormHandler) -> Route:
    return Route(path, form(handler), methods=["POST"], max_body_size=MAX_FORM_WITH_FILES)


def _bounded(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    return Route(path, endpoint, methods=["POST"], max_body_size=MAX_FORM)


ROUTES: list[BaseRoute] = [
    Route("/", _to_desk, methods=["GET"]),
    Route("/sign-in", sign_in.show_sign_in, methods=["GET"]),
    _bounded("/sign-in", sign_in.sign_in),
    _post("/sign-out", sign_in.sign_out),
    _get("/desk", show_desk),
    _post("/desk/next", next_on_desk),
    _get("/queues", show_queues),
    _get("/queues/{slug}", show_queue),
    _post("/queues/{slug}/next", next_in_queue),
    _get("/rules", show_rules),
    _post("/rules/draft", begin_draft),
    _get("/rules/draft", show_draft),
    _get("/rules/draft/replay", show_replay),
    _get("/rules/draft/rules/{place:int}", show_rule),
    _post("/rules/draft/rules/{place:int}", keep_rule),
    _get("/rules/draft/review", show_review),
    _get("/rules/draft/import", show_import),
    _with_files("/rules/draft/import", import_rules),
    _get("/rules/draft/groups/{place:int}", show_group),
    _post("/rules/draft/groups/{place:int}", keep_group),
    _post("/rules/draft/groups/{place:int}/remove", remove_group),
    _post("/rules/draft/{verb}", change_rules),
    _get("/rules/{version:int}.toml", export_rules),
    _get("/rules/{version:int}", show_version),
    _post("/rules/{version:int}/roll-back", go_back),
    _get("/cases", search),
    _post("/cases/several", change_several),
    _get("/cases/{reference}", show_case),
    _get("/cases/{reference}/messages/{message_id:int}/formatted", show_mail),
    _get("/cases/{reference}/messages/{message_id:int}/whole", show_whole),
    *(_with_files(f"/cases/{{reference}}/{verb}", handler) for verb, handler in WRITING.items()),
    _post("/cases/{reference}/{verb}", change_case),
    Route(f"{PICTURES}/{{message_id:int}}/{{place:int}}/{{until:int}}/{{signature}}", show_picture, methods=["GET"]),
    _get("/attachments/{id:int}", download),
    _get("/attachments/{id:int}/picture", show_alone),
    _post("/attachments/{id:int}/fetch", fetch_file),
    _get("/write", show_beginning),
    _post("/write", begin_conversation),
    _get("/attachments/{id:int}/thumbnail", show_thumbnail),
    _get("/phone", show_telephone),
    _get("/phone/window", show_window),
    _post("/phone/pass", give_pass),
    _post("/phone/{verb}", use_telephone),
    _get("/alarms", show_alarms),
    _get("/people", work.show_people),
    _post("/presence", work.be),
    _get("/notices", work.show_notices),
    _post("/notices", work.see),
    _get("/mailboxes", show_mailboxes),
    _get("/unreadable", show_unreadables),
    _get("/unreadable/{id:int}", download_unreadable),
    _post("/unreadable/{id:int}/{verb}", settle),
    WebSocketRoute("/live", live),
    static_mount(),
]
