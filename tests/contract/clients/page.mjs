// A page of a mini program: shows the growing answer, and resumes it after a lost connection.
const app = getApp();

Page({
  data: { answer: "", done: false, reconnects: 0 },

  onLoad() {
    this.leaving = false;
    this.connect(() => ({
      type: "chat", chat_id: app.chatId, question: app.question, stream: true,
    }));
  },

  connect(firstFrame) {
    const socket = wx.connectSocket({
      url: `${app.url}?token=${app.token}`,
      header: { "X-Client": "mini-program" },
      success: () => { this.success = true; },
    });
    this.socket = socket;
    socket.onOpen(() => socket.send({ data: JSON.stringify(firstFrame()) }));
    socket.onMessage((message) => this.show(JSON.parse(message.data)));
    socket.onError((error) => wx.showToast({ title: error.errMsg, icon: "none" }));
    socket.onClose((event) => this.closed(event));
  },

  show(response) {
    if (response.data === true) {
      this.setData({ done: true });
      app.done(this);
      return;
    }
    if (response.code !== 0) {
      wx.showToast({ title: response.message, icon: "none" });
      return;
    }
    this.id = response.data.id;
    this.offset = response.data.offset;
    this.sessionId = response.data.session_id;
    this.setData({ answer: this.data.answer + response.data.answer });
  },

  // The close code does not help: a phone that suspends the program also closes with 1000.
  closed(event) {
    if (this.leaving) {
      app.left(event);
    } else if (this.id && !this.data.done) {
      this.setData({ reconnects: this.data.reconnects + 1 });
      this.connect(() => ({ type: "resume", id: this.id, offset: this.offset }));
    } else {
      app.left(event);
    }
  },

  onUnload() {
    this.leaving = true;
    this.socket.close();
  },
});
