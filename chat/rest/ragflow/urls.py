"""The addresses of RAGFlow's API that are not ours in its words, once for each release."""

from __future__ import annotations

from django.urls import URLPattern, path

from chat.rest.ragflow.bootstrap import LogIn, Models, Register, Tenant
from chat.rest.ragflow.chats import ChatDetail, ChatList
from chat.rest.ragflow.datasets.urls import dataset_urls
from chat.rest.ragflow.releases import RELEASES, Release
from chat.rest.ragflow.sessions import SessionDetail, SessionList
from chat.rest.ragflow.system import Version
from chat.rest.ragflow.tokens import TokenDetail, TokenList
from chat.rest.ragflow.uploads import UploadInfo
from chat.rest.ragflow.views import RAGFlowView


def _urls(release: Release) -> list[URLPattern]:
    api, older = f"{release.prefix}/api/v1", f"{release.prefix}/v1"
    chats = f"{api}/chats"
    sessions = f"{chats}/<chat_id>/sessions"
    return [
        *dataset_urls(api, release),
        path(chats, ChatList.as_view(release=release)),
        path(f"{chats}/<chat_id>", ChatDetail.as_view(release=release)),
        path(sessions, SessionList.as_view(release=release)),
        path(f"{sessions}/<session_id>", SessionDetail.as_view(release=release)),
        *(
            path(address, view.as_view(release=release))
            for view, addresses in _views(api, older)
            for address in addresses
        ),
    ]


def _views(api: str, older: str) -> list[tuple[type[RAGFlowView], tuple[str, ...]]]:
    """With all addresses that they have had."""
    return [
        (UploadInfo, (f"{older}/document/upload_info", f"{api}/documents/upload")),
        (Version, (f"{older}/system/version", f"{api}/system/version")),
        (TokenList, (f"{older}/system/new_token", f"{older}/system/token_list")),
        (TokenList, (f"{api}/system/tokens",)),
        (TokenDetail, (f"{older}/system/token/<token>", f"{api}/system/tokens/<token>")),
        (Register, (f"{older}/user/register", f"{api}/users")),
        (LogIn, (f"{older}/user/login", f"{api}/auth/login")),
        (Tenant, (f"{older}/user/tenant_info", f"{older}/user/set_tenant_info")),
        (Models, (f"{older}/llm/my_llms", f"{older}/llm/set_api_key")),
    ]


ragflow_urls = [url for release in RELEASES.values() for url in _urls(release)]
