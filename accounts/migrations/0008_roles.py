from django.apps import apps as installed_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

from accounts.users.roles import ROLES, permissions_of

APPS = ("accounts", "chat", "knowledge")


def make_roles(apps, schema_editor):
    """Groups that have the same names already stay as they are."""
    alias = schema_editor.connection.alias
    for label in APPS:
        # Django creates them only after all migrations.
        create_permissions(installed_apps.get_app_config(label), verbosity=0, using=alias, apps=apps)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    for role in ROLES:
        group, is_new = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=role)
        if is_new:
            ours = permissions.filter(content_type__app_label__in=APPS)
            group.permissions.set(ours.filter(codename__in=list(permissions_of(role))))


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_audited_notices'),
        ('chat', '0001_initial'),
        ('knowledge', '0001_initial'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='auditevent',
            options={'default_permissions': ('view',), 'ordering': ['-at', '-pk'], 'verbose_name': 'audit event', 'verbose_name_plural': 'audit log entries'},
        ),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
