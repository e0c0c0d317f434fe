"""Names of embedding models as RAGFlow's programs send them: `<model>@<provider>`.

A name is checked, kept and shown. Which model makes the vectors is this server's own setting.
"""

from __future__ import annotations

from typing import Any

from chat.rest.ragflow.datasets.refusals import wrong_argument, wrong_field

DEFAULT = "BAAI/bge-small-en-v1.5@Builtin"
# By provider: the models that RAGFlow knows. Those of a provider that is not open need a key.
OPEN = ("Builtin", "BAAI", "Youdao", "FastEmbed", "ZHIPU-AI")
KNOWN = {
    "Builtin": (
        *("BAAI/bge-small-en-v1.5", "BAAI/bge-m3", "BAAI/bge-large-zh-v1.5"),
        *("maidalun1020/bce-embedding-base_v1", "Qwen/Qwen3-Embedding-0.6B"),
    ),
    "BAAI": ("BAAI/bge-large-zh-v1.5",),
    "Youdao": ("maidalun1020/bce-embedding-base_v1",),
    "FastEmbed": ("BAAI/bge-small-en-v1.5", "BAAI/bge-base-en-v1.5", "BAAI/bge-large-en-v1.5"),
    "ZHIPU-AI": ("embedding-2", "embedding-3"),
    "OpenAI": ("text-embedding-ada-002", "text-embedding-3-small", "text-embedding-3-large"),
    "Tongyi-Qianwen": ("text-embedding-v2", "text-embedding-v3", "text-embedding-v4"),
    "Mistral": ("mistral-embed",),
    "Jina": ("jina-embeddings-v2-base-zh", "jina-embeddings-v3"),
    "VoyageAI": ("voyage-3", "voyage-3-large", "voyage-multilingual-2"),
    "SILICONFLOW": ("BAAI/bge-m3", "BAAI/bge-large-zh-v1.5", "BAAI/bge-large-en-v1.5"),
}


def rule(path: str, value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_field(path, "Input should be a valid string", value)
    model, at, provider = value.strip().rpartition("@")
    if not at:
        sentence = "Embedding model identifier must follow <model_name>@<provider> format"
        raise wrong_field(path, sentence, value)
    if not model.strip() or not provider.strip():
        sentence = "Both model_name and provider must be non-empty strings"
        raise wrong_field(path, sentence, value)
    return value.strip()


def check_available(name: str) -> None:
    model, _, provider = name.rpartition("@")
    if model not in KNOWN.get(provider, ()):
        raise wrong_argument(f"Unsupported model: <{name}>")
    if provider not in OPEN:
        raise wrong_argument(f"Unauthorized model: <{name}>")
