from django.urls import URLPattern, path

from chat.rest.ragflow.datasets.chunk_views import ChunkDetail, ChunkList
from chat.rest.ragflow.datasets.dataset_views import DatasetDetail, DatasetList
from chat.rest.ragflow.datasets.document_views import DocumentDetail, DocumentList
from chat.rest.ragflow.datasets.parsing import Parsing
from chat.rest.ragflow.datasets.retrieval import Retrieval
from chat.rest.ragflow.releases import Release


def dataset_urls(root: str, release: Release) -> list[URLPattern]:
    """`root`: the address of RAGFlow's API in that release."""
    dataset = f"{root}/datasets/<dataset_id>"
    document = f"{dataset}/documents/<document_id>"
    return [
        path(f"{root}/datasets", DatasetList.as_view(release=release)),
        path(dataset, DatasetDetail.as_view(release=release)),
        path(f"{dataset}/documents", DocumentList.as_view(release=release)),
        path(document, DocumentDetail.as_view(release=release)),
        path(f"{document}/chunks", ChunkList.as_view(release=release)),
        path(f"{document}/chunks/<chunk_id>", ChunkDetail.as_view(release=release)),
        path(f"{dataset}/chunks", Parsing.as_view(release=release)),
        path(f"{root}/retrieval", Retrieval.as_view(release=release)),
    ]
