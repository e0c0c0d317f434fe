from django.db import migrations, models

from core.encryption import decrypt, encrypt


def move_keys(apps, schema_editor):
    Dialog = apps.get_model("chat", "Dialog")
    for dialog in Dialog.objects.only("id", "model_settings").iterator():
        options = dialog.model_settings
        if isinstance(options, dict) and "api_key" in options:
            key = options.pop("api_key")
            encrypted = encrypt(key) if isinstance(key, str) and key else ""
            Dialog.objects.filter(pk=dialog.pk).update(
                model_settings=options, encrypted_model_key=encrypted
            )


def move_keys_back(apps, schema_editor):
    Dialog = apps.get_model("chat", "Dialog")
    for dialog in Dialog.objects.exclude(encrypted_model_key=""):
        options = {**dialog.model_settings, "api_key": decrypt(dialog.encrypted_model_key)}
        Dialog.objects.filter(pk=dialog.pk).update(model_settings=options)


class Migration(migrations.Migration):

    dependencies = [
        ("chat", "0004_detect_leaks"),
    ]

    operations = [
        migrations.AddField(
            model_name="dialog",
            name="encrypted_model_key",
            field=models.TextField(blank=True, default="", editable=False),
        ),
        migrations.RunPython(move_keys, move_keys_back),
    ]
