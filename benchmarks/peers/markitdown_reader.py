"""Reads files with markitdown: a path a line comes in, a line of JSON goes out."""

import json
import sys
import time

from markitdown import MarkItDown


def main() -> None:
    converter = MarkItDown()
    for line in sys.stdin:
        start = time.perf_counter()
        try:
            text, problem = converter.convert(line.rstrip("\n")).text_content, ""
        except Exception as error:
            text, problem = "", type(error).__name__
        seconds = time.perf_counter() - start
        print(json.dumps({"text": text, "problem": problem, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
