from django.urls import URLPattern, path

from chat.answers.hub import Hub
from chat.rest.datasets.urls import dataset_urls
from chat.rest.dialogs.views import DialogDetail, DialogList
from chat.rest.ragflow.urls import ragflow_urls
from chat.rest.views import (
    FileDetail,
    FileList,
    SessionDetail,
    SessionList,
)


def rest_urls(hub: Hub) -> list[URLPattern]:
    return [
        path("api/v1/chats", DialogList.as_view()),
        path("api/v1/chats/<dialog_id>", DialogDetail.as_view()),
        path("api/v1/chats/<dialog_id>/sessions", SessionList.as_view()),
        path("api/v1/chats/<dialog_id>/sessions/<session_id>", SessionDetail.as_view(hub=hub)),
        path("api/v1/files", FileList.as_view()),
        path("api/v1/files/<file_id>", FileDetail.as_view()),
        *dataset_urls,
        *ragflow_urls,
    ]
