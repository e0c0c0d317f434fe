"""The suffixes of file names that RAGFlow takes. What of them is read here, reading finds out."""

SUFFIXES = frozenset(
    (
        *("pdf", "eml", "msg", "doc", "docx", "ppt", "pptx", "yml", "xml", "htm", "html", "json"),
        *("jsonl", "ldjson", "csv", "txt", "ini", "xls", "xlsx", "wps", "rtf", "hlp", "pages"),
        *("numbers", "key", "md", "mdx", "markdown", "py", "js", "java", "c", "cpp", "h", "php"),
        *("go", "ts", "sh", "cs", "kt", "sql", "epub", "odt", "ods", "odp", "ipynb"),
        *("mp3", "wav", "wave", "ogg", "oga", "flac", "aac", "aiff", "au", "midi", "wma", "ape"),
        *("ra", "vqf", "m4a", "mp4", "avi", "mkv", "mpg", "mpeg", "mov", "wmv", "flv", "3gpp"),
        *("jpg", "jpeg", "png", "tif", "tiff", "gif", "pcx", "tga", "exif", "fpx", "svg", "psd"),
        *("cdr", "pcd", "dxf", "ufo", "eps", "ai", "raw", "webp", "avif", "apng", "icon", "ico"),
        *("bmp", "heic"),
    )
)
