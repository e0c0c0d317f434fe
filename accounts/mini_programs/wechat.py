"""WeChat's mini programs. QQ's have another address, and are otherwise the same."""

from __future__ import annotations

from accounts.mini_programs.base import MiniProgram, Reply, Trouble
from accounts.mini_programs.platform_client import fetch


class WeChat(MiniProgram):
    troubles = {
        -1: Trouble.BUSY,
        40029: Trouble.CODE,
        40163: Trouble.CODE,
        45011: Trouble.OFTEN,
        40226: Trouble.BLOCKED,
        40013: Trouble.APP_ID,
        41002: Trouble.APP_ID,
        40125: Trouble.SECRET,
        41004: Trouble.SECRET,
        # The code is missing, and we always send it: something on the way removes it.
        41008: Trouble.BASE_URL,
    }

    def ask(self, code: str) -> Reply:
        answer = fetch(
            "GET",
            f"{self.base_url}/sns/jscode2session",
            params={
                "appid": self.app_id,
                "secret": self.secret,
                "js_code": code,
                "grant_type": "authorization_code",
            },
        )
        # Absent on success. The `session_key` is not read.
        error = answer.get("errcode", 0)
        return Reply(error, answer.get("openid"), answer.get("unionid"))
