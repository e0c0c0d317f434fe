"""What quickstart prints: where to go, and lines to paste for each kind of client."""

from __future__ import annotations

from core.version import VERSION
from ragws.quickstart import QuickstartResult

QUESTION = "How hot should the water for green tea be?"

WELCOME = """
  Chat in the browser   {login_url}
                        (its button signs you in, once)
  Admin                 {admin_url}
                        user {user}, password {password}

  Chat id               {chat_id}
  API token             {token}

Python (pip install websocket-client):

  import json, websocket
  ws = websocket.create_connection("{socket_url}?token={token}")
  ws.send(json.dumps({{"chat_id": "{chat_id}", "question": "{question}"}}))
  while (frame := json.loads(ws.recv()))["data"] is not True:
      print(frame["data"]["answer"], end="", flush=True)

JavaScript (a browser's console, or Node 22):

  const ws = new WebSocket("{socket_url}?token={token}");
  ws.onopen = () => ws.send(JSON.stringify({{chat_id: "{chat_id}", question: "{question}"}}));
  ws.onmessage = ({{data}}) => {{ const f = JSON.parse(data); console.log(f.data === true ? "done" : f.data.answer); }};

wscat (npm install -g wscat):

  wscat -c "{socket_url}?token={token}" -x '{{"chat_id": "{chat_id}", "question": "{question}"}}' -w 5

WeChat mini program (in the developer tools, tick "do not verify domains"):

  const task = wx.connectSocket({{url: "{socket_url}?token={token}"}});
  task.onOpen(() => task.send({{data: JSON.stringify({{chat_id: "{chat_id}", question: "{question}"}})}}));
  task.onMessage(({{data}}) => {{ const f = JSON.parse(data); console.log(f.data === true ? "done" : f.data.answer); }});
"""  # noqa: E501


def welcome(result: QuickstartResult, url: str, login_url: str, admin_url: str) -> str:
    return WELCOME.format(
        login_url=login_url,
        admin_url=admin_url,
        user=result.admin_user,
        password=result.admin_password or "as you set it (manage.py changepassword admin)",
        chat_id=result.chat_id,
        token=result.token,
        socket_url=f"{url.replace('http', 'ws', 1)}v1/ws/chat",
        question=QUESTION,
    )


def changes(result: QuickstartResult) -> str:
    """The version, then a line for each thing that was made or kept."""
    made = [f"  made  {thing}" for thing in result.made]
    kept = [f"  kept  {thing}" for thing in result.kept]
    return "\n".join([f"ragws {VERSION}", *made, *kept])
