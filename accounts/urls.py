from django.contrib.auth.views import LoginView
from django.urls import path

from accounts import login_views, mini_program_views, ticket_views, token_views, views

urlpatterns = [
    path("api/v1/auth/login", login_views.LogIn.as_view(), name="log-in"),
    path("api/v1/auth/refresh", login_views.Refresh.as_view()),
    path("api/v1/auth/logout", login_views.EndLogin.as_view()),
    path("api/v1/auth/ticket", ticket_views.NewTicket.as_view()),
    path("api/v1/auth/<slug:name>", mini_program_views.MiniProgramLogIn.as_view()),
    path("api/v1/tokens", token_views.TokenList.as_view()),
    path("api/v1/tokens/<token_id>", token_views.TokenDetail.as_view()),
    path("api/v1/tokens/<token_id>/rotate", token_views.TokenRotation.as_view()),
    path("login", LoginView.as_view(template_name="accounts/login.html"), name="login"),
    path("login/<str:secret>", views.open_login_link, name="login-link"),
    path("logout", views.LogOut.as_view(), name="logout"),
    # The admin's own tells nobody.
    path("admin/logout/", views.LogOut.as_view()),
]
