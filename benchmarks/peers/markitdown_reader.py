"""Reads files with markitdown: a path a line comes in, a line of JSON goes out."""

import json
import sys

from markitdown import MarkItDown


def main() -> None:
    converter = MarkItDown()
    for line in sys.stdin:
        try:
            text, problem = converter.convert(line.rstrip("\n")).text_content, ""
        except Exception as error:
            text, problem = "", type(error).__name__
        print(json.dumps({"text": text, "problem": problem}), flush=True)


if __name__ == "__main__":
    main()
