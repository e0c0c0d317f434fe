// A web page's client: appends each piece, ends at `true`, asks again in the same session.
import WebSocket from "ws";

const [url, token, chatId, ...questions] = process.argv.slice(2);
const report = { answers: [], sessions: [], errors: [], closed: [] };
const socket = new WebSocket(`${url}?token=${token}`);
let answer = "";
let sessionId;

function ask() {
  const question = questions.shift();
  if (question === undefined) {
    socket.close();
    return;
  }
  answer = "";
  const request = { type: "chat", chat_id: chatId, question, stream: true };
  if (sessionId) {
    request.session_id = sessionId;
  }
  socket.send(JSON.stringify(request));
}

socket.addEventListener("open", ask);

socket.addEventListener("message", (event) => {
  const response = JSON.parse(event.data);
  if (response.data === true) {
    report.answers.push(answer);
    report.sessions.push(sessionId);
    ask();
    return;
  }
  if (response.code !== 0) {
    report.errors.push([response.code, response.message]);
    return;
  }
  answer += response.data.answer;
  sessionId = response.data.session_id;
});

socket.addEventListener("error", (event) => {
  report.errors.push([0, event.message]);
});

socket.addEventListener("close", (event) => {
  report.closed = [event.code, event.reason];
  console.log(JSON.stringify(report));
});
