"""The site below a path of its host, `URL_PREFIX`, such as https://example.org/chat/."""

from __future__ import annotations

from django.conf import settings

from accounts.middleware import App, Receive, Scope, Send


def path_in_site(path: str) -> str:
    """Without the prefix, which a proxy may have cut off already."""
    prefix: str = settings.URL_PREFIX
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        return path.removeprefix(prefix) or "/"
    return path


def below_prefix(app: App) -> App:
    """For the application the path begins with the prefix, whether the proxy cuts it off or not."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if prefix := settings.URL_PREFIX:
            path = prefix + path_in_site(scope["path"])
            scope = {**scope, "path": path, "root_path": prefix}
        await app(scope, receive, send)

    return application
