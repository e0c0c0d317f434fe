// A mini program may open five sockets: the server serves all, the phone refuses a sixth.
import { makeWx } from "./wx.mjs";

const [url, token, chatId, question] = process.argv.slice(2);
const wx = makeWx();
const report = { answers: [], errors: [], protocols: "" };
const tasks = [];

function finish() {
  if (report.answers.length === 5 && report.errors.length === 2) {
    tasks.forEach((task) => task.close());
    console.log(JSON.stringify(report));
  }
}

const refused = (failure) => {
  report.errors.push(failure.errMsg);
  finish();
};

wx.connectSocket({ url, protocols: "ragws.v1", fail: refused });
for (let number = 0; number < 6; number += 1) {
  const task = wx.connectSocket({ url: `${url}?token=${token}`, fail: refused });
  if (!task) {
    continue;
  }
  tasks.push(task);
  let answer = "";
  task.onOpen(() => {
    task.send({ data: JSON.stringify({ type: "chat", chat_id: chatId, question }) });
  });
  task.onMessage(({ data }) => {
    const response = JSON.parse(data);
    if (response.data === true) {
      report.answers.push(answer);
      finish();
    } else {
      answer += response.data.answer;
    }
  });
}
