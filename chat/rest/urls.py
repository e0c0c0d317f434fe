from django.urls import path

from chat.rest import views

urlpatterns = [
    path("api/v1/chats", views.DialogList.as_view()),
    path("api/v1/chats/<dialog_id>/sessions", views.SessionList.as_view()),
    path("api/v1/chats/<dialog_id>/sessions/<session_id>", views.SessionDetail.as_view()),
    path("api/v1/files", views.FileList.as_view()),
]
