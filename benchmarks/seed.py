"""Creates a user with a dialog of the `load` engine, and an attacker who has none.

Prints the user's token, the dialog's id, and the attacker's token.
"""

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from accounts.api_tokens.tokens import issue_token  # noqa: E402
from accounts.models import User  # noqa: E402
from chat.models import Dialog  # noqa: E402


def main() -> None:
    call_command("migrate", verbosity=0)
    user = User.objects.create_user("bench")
    dialog = Dialog.objects.create(owner=user, name="Load", engine="load", empty_response="")
    attacker = issue_token(User.objects.create_user("attacker"), "flood").secret
    print(issue_token(user, "bench").secret, dialog.pk.hex, attacker)


if __name__ == "__main__":
    main()
