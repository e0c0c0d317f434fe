"""What a question names: people, places, titles, numbers."""

import re

# Words with a capital letter that are not its first, numbers, and what is
# between quotation marks; in Chinese also words in Latin letters.
NAME = re.compile(
    r"(?<=[^\W\d_][ ,])[A-Z][\w'’-]+|\d[\d.,]*|[《「『“\"][^》」』”\"]{1,60}[》」』”\"]"
    r"|(?<=[\u3400-\u9fff])[A-Za-z][\w-]{1,60}|[A-Za-z][\w-]{1,60}(?=[\u3400-\u9fff])"
)


def names_of(question: str) -> list[str]:
    return NAME.findall(question)
