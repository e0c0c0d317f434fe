from django.conf import settings
from django.db import migrations, models
from django.db.models import Count, Value
from django.db.models.functions import Lower

MAX_NAME = 255


def rename_duplicates(apps, schema_editor):
    """The oldest keeps its name, the others become "name (2)", "name (3)"…

    The database says which names are the same, as it does for the constraint.
    """
    every = apps.get_model("chat", "Dialog").objects.using(schema_editor.connection.alias)
    groups = every.order_by().values("owner", key=Lower("name")).annotate(total=Count("pk"))
    for group in list(groups.filter(total__gt=1)):
        of_owner = every.filter(owner=group["owner"]).annotate(key=Lower("name"))
        same = of_owner.filter(key=group["key"]).order_by("created_at", "pk")
        number = 2
        for pk, name in list(same.values_list("pk", "name"))[1:]:
            while of_owner.filter(key=Lower(Value(numbered(name, number)))).exists():
                number += 1
            # Not by `save`, which would change when it was updated.
            every.filter(pk=pk).update(name=numbered(name, number))


def numbered(name, number):
    suffix = f" ({number})"
    return name[: MAX_NAME - len(suffix)] + suffix


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("chat", "0012_token_of_a_question"),
    ]

    operations = [
        migrations.RunPython(rename_duplicates, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="dialog",
            constraint=models.UniqueConstraint(
                models.F("owner"), Lower("name"), name="unique_dialog_name"
            ),
        ),
    ]
