"""Mini program users, and the ids by which the platforms know them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.ids import new_id, parse_id


class PersonQuerySet(models.QuerySet["Person"]):
    def of_end_user(self, end_user: str) -> PersonQuerySet:
        """None, if a program has made that name up."""
        platform, _, name = end_user.rpartition("-")
        pk = parse_id(name)
        return self.filter(platform=platform, pk=pk) if pk else self.none()


class Person(models.Model):
    """A user whom a platform such as WeChat identifies. They own nothing here: they are an end user
    of the user who opened a dialog to mini programs."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    platform = models.CharField(_("platform"), max_length=20, editable=False)
    # The hash of their id in all mini programs of one company, once the platform has sent it.
    union_digest = models.CharField(max_length=64, null=True, editable=False)
    first_seen_at = models.DateTimeField(_("first seen"), default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), default=timezone.now, editable=False)
    blocked_at = models.DateTimeField(_("blocked"), null=True, blank=True, editable=False)
    # The users whose end user they are: those whose open dialogs they have logged in for.
    operators = models.ManyToManyField(settings.AUTH_USER_MODEL, editable=False, related_name="+")

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("mini program user")
        verbose_name_plural = _("mini program users")
        ordering = ["-last_seen_at"]
        constraints = [
            models.UniqueConstraint(fields=["platform", "union_digest"], name="one_person_a_union")
        ]

    def __str__(self) -> str:
        return self.end_user

    @property
    def end_user(self) -> str:
        """The name under which their sessions and files are stored."""
        return f"{self.platform}-{self.pk.hex}"


class OpenId(models.Model):
    """The id of a person in one mini program. Its hash is stored, and a hint to recognise it by."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="open_ids")
    platform = models.CharField(max_length=20)
    app_id = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    hint = models.CharField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "app_id", "digest"], name="one_row_an_open_id"
            )
        ]

    def __str__(self) -> str:
        return self.hint


class FormerUnion(models.Model):
    """The hash of a union id that a platform used to send for a person. A login with it under a new
    openid is that person's, who may be blocked."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="former_unions")
    platform = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["platform", "digest"], name="one_person_a_former_union")
        ]

    def __str__(self) -> str:
        return f"of {self.person}"
