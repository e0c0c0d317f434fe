"""Datasets, documents, chunks and retrieval in the OpenAPI document."""

from __future__ import annotations

from ragws.openapi.operations import (
    FILES,
    IDS_OR_ALL,
    LIST_PARAMETERS,
    NAME_TAKEN,
    PAGES,
    operation,
    path_item,
)
from ragws.openapi.schema import (
    ANY_OBJECT,
    BOOLEAN,
    INTEGER,
    NULL,
    STRING,
    TIMESTAMP,
    Schema,
    array,
    nullable,
    object_schema,
    query_parameter,
    ref,
    string_schema,
)

# A file as it was uploaded.
ORIGINALS: dict[str, Schema] = {"application/pdf": {}, "application/octet-stream": {}}
DATASET_FIELDS = {
    "name": string_schema(128, 1),
    "description": nullable(string_schema(65_535)),
    "parser_config": nullable(ref("ParserConfig")),
    "permission": {"enum": [None, "me"]},
    "chunk_method": {"enum": [None, "naive"]},
}
CHUNK_FIELDS = {
    "content": string_schema(20_000, 1),
    "important_keywords": {**array(string_schema(1000)), "maxItems": 100},
    "questions": {**array(string_schema(1000)), "maxItems": 100},
}
RETRIEVAL = object_schema(
    "question dataset_ids",
    question=string_schema(16_000),
    dataset_ids={**array(STRING), "minItems": 1, "maxItems": 1000},
    document_ids={**array(STRING), "maxItems": 1000},
    page={"type": "integer", "minimum": 1, "maximum": 1024},
    page_size={"type": "integer", "minimum": 1, "maximum": 1024},
    top_k={"type": "integer", "minimum": 1, "maximum": 1024},
    similarity_threshold={"type": "number", "minimum": 0, "maximum": 1},
)
DOCUMENT_IDS = object_schema("document_ids", document_ids={**array(STRING), "maxItems": 1000})
DATASET = "datasets/{dataset_id}"
CHUNKS = f"{DATASET}/documents/{{document_id}}/chunks"
SCHEMAS: dict[str, Schema] = {
    "Dataset": object_schema(
        "id name description parser_config document_count chunk_count create_time update_time",
        id=STRING,
        name=STRING,
        description=STRING,
        parser_config=ref("ParserConfig"),
        document_count=INTEGER,
        chunk_count=INTEGER,
        create_time=TIMESTAMP,
        update_time=TIMESTAMP,
    ),
    "ParserConfig": object_schema(
        chunk_chars={"type": "integer", "minimum": 100, "maximum": 20_000},
        chunk_token_num={"type": "integer", "description": "Four characters each"},
    ),
    "Document": object_schema(
        "id dataset_id name size chunk_count run progress progress_msg create_time update_time",
        id=STRING,
        dataset_id=STRING,
        name=STRING,
        size=INTEGER,
        chunk_count=INTEGER,
        run={"enum": ["RUNNING", "DONE", "FAIL", "CANCEL"]},
        progress={"type": "number", "description": "From 0 to 1; -1: it could not be read"},
        progress_msg=STRING,
        create_time=TIMESTAMP,
        update_time=TIMESTAMP,
    ),
    "Chunk": object_schema(
        "id content document_id dataset_id important_keywords questions available place",
        id=STRING,
        content=STRING,
        document_id=STRING,
        document_name=STRING,
        dataset_id=STRING,
        important_keywords=array(STRING),
        questions=array(STRING),
        available=BOOLEAN,
        place=STRING,
    ),
    "Count": object_schema("success_count", success_count=INTEGER),
}

PATHS = dict(
    [
        path_item(
            "files",
            get=operation("List your files", array(ref("File")), query=PAGES),
            post=operation(
                "Upload files for a question",
                array(ref("File")),
                FILES,
                status="201",
                media_type="multipart/form-data",
                more_errors={"422": "The file gives no text"},
            ),
        ),
        path_item(
            "datasets",
            get=operation(
                "List your datasets",
                array(ref("Dataset")),
                query=PAGES,
                parameters=LIST_PARAMETERS,
            ),
            post=operation(
                "Create one",
                ref("Dataset"),
                object_schema("name", **DATASET_FIELDS),
                more_errors=NAME_TAKEN,
            ),
            delete=operation("Delete some, or with `null` all", NULL, IDS_OR_ALL),
        ),
        path_item(
            DATASET,
            get=operation("Look at it", ref("Dataset")),
            put=operation(
                "Change it",
                ref("Dataset"),
                object_schema("", **DATASET_FIELDS),
                more_errors=NAME_TAKEN,
            ),
        ),
        path_item(
            f"{DATASET}/documents",
            get=operation(
                "List its documents",
                object_schema("total docs", total=INTEGER, docs=array(ref("Document"))),
                query=PAGES,
                parameters=[
                    *LIST_PARAMETERS,
                    query_parameter("keywords", STRING),
                    query_parameter("run", STRING),
                    *(query_parameter(f"create_time_{end}", TIMESTAMP) for end in ("from", "to")),
                ],
            ),
            post=operation(
                "Upload files, which are read in the background",
                array(ref("Document")),
                FILES,
                media_type="multipart/form-data",
            ),
            delete=operation("Delete some, or with `null` all", NULL, IDS_OR_ALL),
        ),
        path_item(
            f"{DATASET}/documents/{{document_id}}",
            get=operation("Download the original", NULL, content=ORIGINALS),
            put=operation(
                "Rename it",
                ref("Document"),
                object_schema(name=string_schema(255, 1)),
                more_errors=NAME_TAKEN,
            ),
        ),
        path_item(
            CHUNKS,
            get=operation(
                "List the chunks of a document",
                object_schema(
                    "total chunks doc",
                    total=INTEGER,
                    chunks=array(ref("Chunk")),
                    doc=ref("Document"),
                ),
                query=PAGES,
                parameters=[query_parameter("id", STRING), query_parameter("keywords", STRING)],
            ),
            post=operation(
                "Add one",
                object_schema("chunk", chunk=ref("Chunk")),
                object_schema("content", **CHUNK_FIELDS),
            ),
            put=operation(
                "Switch some off, or back on",
                ref("Count"),
                object_schema("chunk_ids available", chunk_ids=array(STRING), available=BOOLEAN),
            ),
            delete=operation(
                "Delete some, or with `null` all",
                ref("Count"),
                object_schema("chunk_ids", chunk_ids=nullable(array(STRING))),
            ),
        ),
        path_item(
            f"{CHUNKS}/{{chunk_id}}",
            get=operation("Look at a chunk", ref("Chunk")),
            put=operation(
                "Change it",
                ref("Chunk"),
                object_schema("", **CHUNK_FIELDS, available=BOOLEAN),
            ),
        ),
        path_item(
            "retrieval",
            post=operation(
                "Search",
                object_schema(
                    "total chunks doc_aggs",
                    total=INTEGER,
                    chunks=array(ANY_OBJECT),
                    doc_aggs=array(ANY_OBJECT),
                ),
                RETRIEVAL,
            ),
        ),
        path_item(
            f"{DATASET}/chunks",
            post=operation("Read documents again", ref("Count"), DOCUMENT_IDS),
            delete=operation("Stop reading them", ref("Count"), DOCUMENT_IDS),
        ),
        path_item("files/{file_id}", delete=operation("Delete one", NULL)),
    ]
)
