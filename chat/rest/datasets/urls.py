from django.urls import URLPattern, path

from chat.rest.datasets.chunk_views import ChunkDetail, ChunkList
from chat.rest.datasets.views import (
    DatasetDetail,
    DatasetList,
    DocumentDetail,
    DocumentList,
    Parsing,
)

DATASET = "api/v1/datasets/<dataset_id>"

dataset_urls: list[URLPattern] = [
    path("api/v1/datasets", DatasetList.as_view()),
    path(DATASET, DatasetDetail.as_view()),
    path(f"{DATASET}/documents", DocumentList.as_view()),
    path(f"{DATASET}/documents/<document_id>", DocumentDetail.as_view()),
    path(f"{DATASET}/documents/<document_id>/chunks", ChunkList.as_view()),
    path(f"{DATASET}/documents/<document_id>/chunks/<chunk_id>", ChunkDetail.as_view()),
    path(f"{DATASET}/chunks", Parsing.as_view()),
]
