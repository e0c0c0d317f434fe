from django.contrib.auth.views import LoginView
from django.urls import path

from accounts.logins.page_views import SignOut, open_login_link
from accounts.rest.api_tokens import TokenDetail, TokenList, TokenRotation
from accounts.rest.logins import EndLogin, LogIn, Refresh
from accounts.rest.mini_programs import MiniProgramLogIn
from accounts.rest.tickets import NewTicket

urlpatterns = [
    path("api/v1/auth/login", LogIn.as_view(), name="log-in"),
    path("api/v1/auth/refresh", Refresh.as_view()),
    path("api/v1/auth/logout", EndLogin.as_view()),
    path("api/v1/auth/ticket", NewTicket.as_view()),
    path("api/v1/auth/<slug:name>", MiniProgramLogIn.as_view()),
    path("api/v1/tokens", TokenList.as_view()),
    path("api/v1/tokens/<token_id>", TokenDetail.as_view()),
    path("api/v1/tokens/<token_id>/rotate", TokenRotation.as_view()),
    path("login", LoginView.as_view(template_name="accounts/login.html"), name="login"),
    path("login/<str:secret>", open_login_link, name="login-link"),
    path("logout", SignOut.as_view(), name="logout"),
    # Instead of the admin's own view, which does not close the sockets of the login session.
    path("admin/logout/", SignOut.as_view()),
]
