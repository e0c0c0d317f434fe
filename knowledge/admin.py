"""Django's admin: knowledge bases, with upload; documents, with their status and chunks."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from core.ids import parse_id
from knowledge.chunk_editing import save_changes
from knowledge.forms import TrialForm, UploadForm
from knowledge.ingestion import read_again, upload
from knowledge.models import Chunk, Document, KnowledgeBase
from knowledge.original_response import original_response
from knowledge.reading import reindex
from knowledge.reading_log import lines
from knowledge.reading_queue import stop
from knowledge.search.explained import CHUNKS_PER_PAGE, Cut, explain

MAX_STATES = 50
# Dialogs that are named beside their threshold.
MAX_NAMES = 5
# What a request has beside the files: their names, and the heads of the parts.
FORM_BYTES = 100_000
# That of a new dialog.
DEFAULT_THRESHOLD = 0.2


class CountedDeletion(admin.ModelAdmin):  # type: ignore[type-arg] # none at run time
    """Asks before deleting, with counts instead of a list of thousands of chunks."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        names = [str(obj) for obj in objs]
        counts = {self.opts.verbose_name_plural: len(names), **self.count_dependents(objs)}
        allowed = self.has_delete_permission(request)
        return names, counts, set() if allowed else {self.opts.verbose_name}, []

    def count_dependents(self, objs: Any) -> dict[Any, int]:
        """How many rows of each kind are deleted with `objs`."""
        raise NotImplementedError


@admin.register(KnowledgeBase)
class KnowledgeBaseAdmin(CountedDeletion):
    list_display = ("name", "owner", "documents", "chunks", "updated_at")
    list_filter = (("owner", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("owner",)
    search_fields = ("name", "description", "owner__username")
    fields = ("name", "owner", "description", "chunk_chars", "kb_id", "created_at", "updated_at")
    readonly_fields = ("kb_id", "created_at", "updated_at")
    autocomplete_fields = ("owner",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[KnowledgeBase]:
        knowledge_bases: QuerySet[KnowledgeBase] = super().get_queryset(request)
        return knowledge_bases.annotate(
            document_total=Count("documents"),
            chunk_total=Sum("documents__chunk_count", default=0),
        )

    @admin.display(description=_("documents"), ordering="document_total")
    def documents(self, knowledge_base: Any) -> SafeString:
        address = _documents_url(knowledge_base)
        return format_html('<a href="{}">{}</a>', address, knowledge_base.document_total)

    @admin.display(description=_("chunks"), ordering="chunk_total")
    def chunks(self, knowledge_base: Any) -> str:
        return str(knowledge_base.chunk_total)

    @admin.display(description="kb_id")
    def kb_id(self, knowledge_base: KnowledgeBase) -> SafeString:
        return format_html("<code>{}</code>", knowledge_base.pk.hex)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"owner": request.user.pk, **super().get_changeform_initial_data(request)}

    def count_dependents(self, objs: Any) -> dict[Any, int]:
        documents = Document.objects.filter(knowledge_base__in=[obj.pk for obj in objs])
        chunks = documents.aggregate(total=Sum("chunk_count", default=0))["total"]
        return {Document._meta.verbose_name_plural: documents.count(), _("chunks"): chunks}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:pk>/upload/", view(self.upload), name="knowledge_knowledgebase_upload"),
            path("<uuid:pk>/try/", view(self.try_search), name="knowledge_knowledgebase_try"),
            *super().get_urls(),
        ]

    def upload(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        if not self.has_upload_permission(request):
            raise PermissionDenied
        knowledge_base = get_object_or_404(self.get_queryset(request), pk=pk)
        is_sent = request.method == "POST"
        form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
        documents = []
        if form.is_valid():
            files = form.cleaned_data["documents"]
            documents = upload(knowledge_base, [(file.name, file) for file in files])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Upload documents"),
            "form": form,
            "knowledge_base": knowledge_base,
            "documents": documents,
            "documents_url": _documents_url(knowledge_base),
            "states_url": reverse("admin:knowledge_document_states"),
            "most_bytes": settings.MAX_DOCUMENT_BYTES,
            "most_files": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
            "most_together": settings.MAX_UPLOAD_BYTES - FORM_BYTES,
        }
        return TemplateResponse(request, "admin/knowledge/knowledgebase/upload.html", context)

    def response_add(
        self, request: HttpRequest, obj: KnowledgeBase, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On to the upload: a knowledge base without documents answers nothing."""
        response = super().response_add(request, obj, post_url_continue)
        other = {"_continue", "_addanother", IS_POPUP_VAR}
        if other.isdisjoint(request.POST) and self.has_upload_permission(request):
            address = reverse("admin:knowledge_knowledgebase_upload", args=[obj.pk])
            return HttpResponseRedirect(address)
        return response

    def try_search(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The passages that a question finds, and why."""
        if not self.has_trial_permission(request):
            raise PermissionDenied
        knowledge_base = get_object_or_404(self.get_queryset(request), pk=pk)
        form = TrialForm(request.GET) if "question" in request.GET else TrialForm()
        found = None
        if form.is_valid():
            cuts = _cuts(request, knowledge_base)
            found = explain(form.cleaned_data["question"], knowledge_base, cuts)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Try a search"),
            "form": form,
            "knowledge_base": knowledge_base,
            "found": found,
        }
        return TemplateResponse(request, "admin/knowledge/knowledgebase/try.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"may_try": self.has_trial_permission(request), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def has_trial_permission(self, request: HttpRequest) -> bool:
        """It shows passages, so it takes the permission to see documents, too."""
        rights = ("knowledge.view_document", "knowledge.change_document")
        may_see_documents = any(request.user.has_perm(right) for right in rights)
        return may_see_documents and self.has_view_permission(request)

    def has_upload_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(["knowledge.add_document", "knowledge.change_document"])


@admin.register(Document)
class DocumentAdmin(CountedDeletion):
    list_display = ("name", "base", "owner", "badge", "bytes", "chunk_count", "updated_at")
    list_filter = ("status", ("knowledge_base", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("knowledge_base__owner",)
    search_fields = ("name", "title", "knowledge_base__name")
    fields = (
        *("name", "title", "base", "owner", "badge", "bytes", "original", "chunk_count"),
        *("doc_id", "created_at", "updated_at"),
    )
    readonly_fields = fields
    actions = ("read_again", "stop_reading", "reindex")

    @admin.display(description=_("knowledge base"), ordering="knowledge_base__name")
    def base(self, document: Document) -> SafeString:
        address = reverse("admin:knowledge_knowledgebase_change", args=[document.knowledge_base_id])
        return format_html('<a href="{}">{}</a>', address, document.knowledge_base)

    @admin.display(description=_("owner"), ordering="knowledge_base__owner")
    def owner(self, document: Document) -> str:
        return str(document.knowledge_base.owner)

    @admin.display(description=_("status"), ordering="status")
    def badge(self, document: Document) -> SafeString:
        status, label = document.status, document.get_status_display()
        return format_html('<span class="badge {}">{}</span> {}', status, label, document.note)

    @admin.display(description=_("size"), ordering="size")
    def bytes(self, document: Document) -> str:
        return filesizeformat(document.size)

    @admin.display(description=_("original"))
    def original(self, document: Document) -> SafeString | str:
        if not (document.file or document.new_file):
            return "-"
        address = reverse("admin:knowledge_document_original", args=[document.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Download"))

    @admin.display(description="doc_id")
    def doc_id(self, document: Document) -> SafeString:
        return format_html("<code>{}</code>", document.pk.hex)

    @admin.action(description=_("Index selected documents again"), permissions=["reindex"])
    def reindex(self, request: HttpRequest, documents: QuerySet[Document]) -> None:
        for document in documents:
            reindex(document)
        count = len(documents)
        sentence = ngettext("%d document was indexed.", "%d documents were indexed.", count)
        self.message_user(request, sentence % count, messages.SUCCESS)

    @admin.action(description=_("Read selected documents again"), permissions=["reindex"])
    def read_again(self, request: HttpRequest, documents: QuerySet[Document]) -> None:
        count = read_again(documents)
        sentence = ngettext("%d document will be read.", "%d documents will be read.", count)
        self.message_user(request, sentence % count, messages.SUCCESS)

    @admin.action(description=_("Stop reading selected documents"), permissions=["reindex"])
    def stop_reading(self, request: HttpRequest, documents: QuerySet[Document]) -> None:
        count = stop(documents)
        sentence = ngettext("%d document was stopped.", "%d documents were stopped.", count)
        self.message_user(request, sentence % count, messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("states/", view(self.states), name="knowledge_document_states"),
            path("<uuid:pk>/original/", view(self.open), name="knowledge_document_original"),
            path(
                "<uuid:pk>/chunks/<uuid:chunk_id>/",
                view(require_POST(self.switch_chunk)),
                name="knowledge_document_chunk",
            ),
            *super().get_urls(),
        ]

    def states(self, request: HttpRequest) -> HttpResponse:
        """What the page of an upload asks for, until all documents are read."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        ids = [parse_id(text) for text in request.GET.getlist("id")[:MAX_STATES]]
        documents = self.get_queryset(request).filter(pk__in=[pk for pk in ids if pk])
        states = {
            str(document.pk): {
                "status": document.status,
                "label": document.get_status_display(),
                "note": document.note,
                "chunks": document.chunk_count,
                "open": document.is_open,
            }
            for document in documents.defer("log")
        }
        return JsonResponse(states)

    def open(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The original. A browser shows only a PDF, at a page if its address ends in `#page=3`."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        document = self.get_queryset(request).filter(pk=pk).first()
        if document is None:
            raise Http404
        try:
            response = original_response(document)
        except FileNotFoundError:
            raise Http404 from None
        self.log_download(request, document)
        return response

    def switch_chunk(self, request: HttpRequest, pk: UUID, chunk_id: UUID) -> HttpResponse:
        """Searches find the chunk no longer, or find it again."""
        if not self.has_reindex_permission(request):
            raise PermissionDenied
        chunks = Chunk.objects.select_related("document__knowledge_base")
        chunk = chunks.filter(document=pk, id=chunk_id).first()
        if chunk is None:
            raise Http404
        chunk.is_enabled = request.POST.get("is_enabled") == "yes"
        save_changes([chunk])
        switched = "on" if chunk.is_enabled else "off"
        self.log_change(request, chunk.document, f"chunk {chunk.position + 1} {switched}")
        page = chunk.document.chunks.filter(position__lt=chunk.position).count() // CHUNKS_PER_PAGE
        address = reverse("admin:knowledge_document_change", args=[pk])
        return HttpResponseRedirect(f"{address}?page={page + 1}#chunk-{chunk.position + 1}")

    def log_download(self, request: HttpRequest, document: Document) -> None:
        """The audited site records it."""

    def has_reindex_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("knowledge.change_document")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Documents are added by an upload to a knowledge base."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Document | None = None) -> bool:
        return False

    def count_dependents(self, objs: Any) -> dict[Any, int]:
        return {_("chunks"): sum(obj.chunk_count for obj in objs)}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        chunks = Chunk.objects.filter(document=parse_id(object_id)).defer("terms", "title_terms")
        page = Paginator(chunks, CHUNKS_PER_PAGE).get_page(request.GET.get("page"))
        pages = page.paginator.get_elided_page_range(page.number)
        document = self.get_object(request, object_id)
        context = {
            "chunks": page,
            "pages": pages,
            "may_switch_chunks": self.has_reindex_permission(request),
            "log": lines(document) if document else (),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)


def _documents_url(knowledge_base: KnowledgeBase) -> str:
    query = urlencode({"knowledge_base__id__exact": knowledge_base.pk})
    return f"{reverse('admin:knowledge_document_changelist')}?{query}"


def _cuts(request: HttpRequest, knowledge_base: KnowledgeBase) -> list[Cut]:
    """The thresholds of the dialogs that use it; their names for those who may see dialogs."""
    rights = ("chat.view_dialog", "chat.change_dialog")
    may_see_names = any(request.user.has_perm(right) for right in rights)
    names: dict[float, list[str]] = {}
    dialogs = knowledge_base.dialog_set.order_by("name")
    for name, threshold in dialogs.values_list("name", "similarity_threshold"):
        names.setdefault(threshold, []).append(name)
    if not names:
        return [Cut(DEFAULT_THRESHOLD)]
    return [
        Cut(threshold, len(of_them), tuple(of_them[:MAX_NAMES]) if may_see_names else ())
        for threshold, of_them in names.items()
    ]
