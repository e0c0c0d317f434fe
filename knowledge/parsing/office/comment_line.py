"""How a comment is told behind the text that it belongs to."""

# Many comments share the name of their author.
MAX_AUTHOR = 60


def comment_line(author: str, text: str, place: str = "") -> str:
    """`Comment on B2 (Alice): the text`."""
    author = author[:MAX_AUTHOR].strip()
    on = f" on {place}" if place else ""
    return f"Comment{on}{f' ({author})' if author else ''}: {text}"
