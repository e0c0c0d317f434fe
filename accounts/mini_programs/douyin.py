"""Douyin's mini programs: like WeChat's, but with JSON both ways."""

from __future__ import annotations

from accounts.mini_programs.base import MiniProgram, Reply, Trouble
from accounts.mini_programs.platform_client import fetch


class Douyin(MiniProgram):
    troubles = {
        -1: Trouble.BUSY,
        40018: Trouble.CODE,
        40015: Trouble.APP_ID,
        40017: Trouble.SECRET,
        # A parameter is missing, and we always send all of them.
        40014: Trouble.BASE_URL,
    }

    def ask(self, code: str) -> Reply:
        answer = fetch(
            "POST",
            f"{self.base_url}/api/apps/v2/jscode2session",
            json={"appid": self.app_id, "secret": self.secret, "code": code},
        )
        data = answer.get("data")
        person = data if isinstance(data, dict) else {}
        return Reply(answer.get("err_no", 0), person.get("openid"), person.get("unionid"))
