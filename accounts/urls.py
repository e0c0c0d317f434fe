from django.contrib.auth.views import LoginView
from django.urls import path

from accounts import views

urlpatterns = [
    path("api/v1/auth/login", views.LogIn.as_view(), name="log-in"),
    path("login", LoginView.as_view(template_name="accounts/login.html"), name="login"),
    path("login/<str:secret>", views.open_login_link, name="login-link"),
    path("logout", views.LogOut.as_view(), name="logout"),
    # The admin's own tells nobody.
    path("admin/logout/", views.LogOut.as_view()),
]
