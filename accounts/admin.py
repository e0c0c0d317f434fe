"""Registers users, API tokens, logins, mini program users and the audit log in Django's admin."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from accounts.api_tokens.admin import APITokenAdmin
from accounts.audit.admin import AuditEventAdmin
from accounts.logins.admin import LoginAdmin
from accounts.mini_programs.admin import PersonAdmin
from accounts.models import APIToken, AuditEvent, Login, Person, User
from accounts.users.admin import GroupAdmin, UserAdmin

admin.site.site_header = "ragws"
admin.site.site_title = "ragws"
admin.site.index_title = _("Administration")

admin.site.unregister(Group)
admin.site.register(User, UserAdmin)
admin.site.register(Group, GroupAdmin)
admin.site.register(APIToken, APITokenAdmin)
admin.site.register(AuditEvent, AuditEventAdmin)
admin.site.register(Login, LoginAdmin)
admin.site.register(Person, PersonAdmin)
