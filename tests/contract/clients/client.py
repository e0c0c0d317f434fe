"""A program's client: appends each piece, ends at `true`, asks again in the same session."""

import json
import sys
import threading

import websocket


class Client:
    def __init__(self, url: str, token: str, chat_id: str, questions: list[str]) -> None:
        self.url = f"{url}?token={token}"
        self.chat_id = chat_id
        self.questions = questions
        self.answer = ""
        self.session_id = ""
        self.report: dict[str, list[object]] = {
            "answers": [],
            "sessions": [],
            "errors": [],
            "closed": [],
        }

    def run(self) -> None:
        app = websocket.WebSocketApp(
            self.url,
            on_open=self.on_open,
            on_message=self.on_message,
            on_error=self.on_error,
            on_close=self.on_close,
        )
        app.run_forever()
        sys.stdout.write(json.dumps(self.report) + "\n")

    def ask(self, app: websocket.WebSocketApp) -> None:
        if not self.questions:
            app.close()
            return
        self.answer = ""
        request = {
            "type": "chat",
            "chat_id": self.chat_id,
            "question": self.questions.pop(0),
            "stream": True,
        }
        if self.session_id:
            request["session_id"] = self.session_id
        app.send(json.dumps(request))

    def on_open(self, app: websocket.WebSocketApp) -> None:
        threading.Thread(target=self.ask, args=(app,)).start()

    def on_message(self, app: websocket.WebSocketApp, message: str) -> None:
        response = json.loads(message)
        if response["data"] is True:
            self.report["answers"].append(self.answer)
            self.report["sessions"].append(self.session_id)
            self.ask(app)
        elif response["code"] != 0:
            self.report["errors"].append([response["code"], response["message"]])
        else:
            self.answer += response["data"]["answer"]
            self.session_id = response["data"]["session_id"]

    def on_error(self, _app: websocket.WebSocketApp, error: Exception) -> None:
        self.report["errors"].append([0, str(error)])

    def on_close(self, _app: websocket.WebSocketApp, code: int | None, reason: str) -> None:
        self.report["closed"] = [code, reason]


if __name__ == "__main__":
    Client(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]).run()
