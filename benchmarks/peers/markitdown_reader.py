"""Reads files with markitdown: a path a line comes in, a line of JSON goes out."""

import json
import os
import sys

from markitdown import MarkItDown


def main() -> None:
    # Libraries print warnings to where the replies go.
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    converter = MarkItDown()
    for line in sys.stdin:
        try:
            text, problem = converter.convert(line.rstrip("\n")).text_content, ""
        except Exception as error:
            text, problem = "", type(error).__name__
        print(json.dumps({"text": text, "problem": problem}), file=replies, flush=True)


if __name__ == "__main__":
    main()
