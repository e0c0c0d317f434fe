"""Users and groups in Django's admin: staff work with them as their own rights allow."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.limits.admin import describe_usage, reset_usage_of_all
from accounts.limits.parties import user_party, whole_user_party
from accounts.limits.password_attempts import PasswordAttempt
from accounts.models import Login, User
from accounts.revocation.broadcast import publish_credential_change
from accounts.users.permission_field import PermissionField
from accounts.users.roles import ROLE_LABELS

# Fields that give a user power over others: only a superuser may change them.
POWER_FIELDS = ("is_staff", "is_superuser", "groups", "user_permissions")


class RolesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg] # none at run time
    """The groups, those that a migration made by their names in the reader's language."""

    def __init__(self, *args: Any, **options: Any) -> None:
        help_text = _("What staff may do in the administration.")
        super().__init__(*args, **{**options, "label": _("Roles"), "help_text": help_text})

    def label_from_instance(self, group: Any) -> str:
        return str(ROLE_LABELS.get(group.name, group.name))


class UserForm(UserChangeForm):  # type: ignore[type-arg] # none at run time
    """Shows nothing of the password but where to change it."""

    password = None  # type: ignore[assignment] # how Django takes a field away

    class Meta(UserChangeForm.Meta):
        model = User


class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg] # none at run time
    form = UserForm
    list_display = ("username", "email", "is_active", "is_staff", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser")

    fieldsets = (
        (None, {"fields": ("username", "new_password", ("first_name", "last_name"), "email")}),
        (_("May"), {"fields": (("is_active", "is_staff", "is_superuser"), "groups")}),
        (_("Use"), {"fields": ("counted", ("last_login", "date_joined"))}),
        (
            _("More"),
            {"fields": ("user_permissions",), "classes": ("collapse",)},
        ),
    )
    readonly_fields = ("new_password", "counted", "last_login", "date_joined")
    # Two lists side by side, which Django offers, have fields without a label.
    filter_horizontal = ()
    actions = ("reset_limits",)

    @admin.display(description=_("counts for the limits of logins and pages"))
    def counted(self, user: User) -> str:
        return describe_usage(user_party(user), whole_user_party(user))

    @admin.action(
        description=_("Reset the limits of selected users' logins and pages"),
        permissions=["change"],
    )
    def reset_limits(self, request: HttpRequest, users: QuerySet[User]) -> None:
        reset_usage_of_all(self, request, [(user_party(u), whole_user_party(u)) for u in users])
        for user in users:
            PasswordAttempt(user.username).succeed()

    @admin.display(description=_("password"))
    def new_password(self, user: User) -> str:
        return format_html(
            '<a class="button" href="../password/">{}</a>', _("Set another password")
        )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user_permissions":
            return PermissionField(label=_("Single permissions"))
        if db_field.name == "groups":
            kwargs = {**kwargs, "form_class": RolesField, "widget": forms.CheckboxSelectMultiple}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        publish_credential_change(users=[obj.pk])

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        publish_credential_change(users=[obj.pk])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        with transaction.atomic():
            publish_credential_change(users=list(queryset.values_list("pk", flat=True)))
            super().delete_queryset(request, queryset)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Logins, which have no page that deletes them, end with their user."""
        names, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return names, counts, lacking - {Login._meta.verbose_name}, protected

    # Otherwise staff who may edit users could make themselves a superuser, or take over one.
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        powers = () if request.user.is_superuser else POWER_FIELDS
        return (*self.readonly_fields, *powers)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_above(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not _is_above(request, obj)


def _is_above(request: HttpRequest, user: User | None) -> bool:
    """Whether the user has, or would have when activated, any right that the actor lacks: an
    actor who sets their password has it, too."""
    actor = request.user
    if user is None or actor.is_superuser or user.pk == actor.pk:
        return False
    return user.is_superuser or not _permissions_of(user) <= _permissions_of(actor)


def _permissions_of(user: Any) -> set[int]:
    """Whether the user is active or not. Django says that an inactive one has none."""
    rights = Permission.objects.filter(Q(user=user.pk) | Q(group__user=user.pk))
    return set(rights.values_list("pk", flat=True))


class GroupAdmin(DjangoGroupAdmin):
    """A group gives its members power: only superusers change one."""

    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        return PermissionField(label=_("Permissions"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser) and super().has_delete_permission(request, obj)
