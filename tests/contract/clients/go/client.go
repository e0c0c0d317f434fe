// A service's client: appends each piece, ends at `true`, asks again in the same session.
package main

import (
	"encoding/json"
	"errors"
	"log"
	"os"

	"github.com/gorilla/websocket"
)

type request struct {
	Type      string `json:"type"`
	ChatID    string `json:"chat_id"`
	Question  string `json:"question"`
	Stream    bool   `json:"stream"`
	SessionID string `json:"session_id,omitempty"`
}

type response struct {
	Code    int         `json:"code"`
	Message string      `json:"message"`
	Data    interface{} `json:"data"`
}

type report struct {
	Answers  []string        `json:"answers"`
	Sessions []string        `json:"sessions"`
	Errors   [][]interface{} `json:"errors"`
	Closed   []interface{}   `json:"closed"`
}

func main() {
	url, token, chatID, questions := os.Args[1], os.Args[2], os.Args[3], os.Args[4:]
	conn, _, err := websocket.DefaultDialer.Dial(url+"?token="+token, nil)
	if err != nil {
		log.Fatal("dial: ", err)
	}
	defer conn.Close()

	told := report{Answers: []string{}, Sessions: []string{}, Errors: [][]interface{}{}}
	session := ""
	for _, question := range questions {
		ask := request{"chat", chatID, question, true, session}
		if err := conn.WriteJSON(ask); err != nil {
			log.Fatal("write: ", err)
		}
		if session = read(conn, session, &told); told.Closed != nil {
			break
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(told); err != nil {
		log.Fatal(err)
	}
}

// Reads one answer; returns the session it belongs to.
func read(conn *websocket.Conn, session string, told *report) string {
	answer := ""
	for {
		var got response
		if err := conn.ReadJSON(&got); err != nil {
			var closed *websocket.CloseError
			if errors.As(err, &closed) {
				told.Closed = []interface{}{closed.Code, closed.Text}
				return session
			}
			log.Fatal("read: ", err)
		}
		if done, ok := got.Data.(bool); ok && done {
			told.Answers = append(told.Answers, answer)
			told.Sessions = append(told.Sessions, session)
			return session
		}
		if got.Code != 0 {
			told.Errors = append(told.Errors, []interface{}{got.Code, got.Message})
			continue
		}
		if data, ok := got.Data.(map[string]interface{}); ok {
			text, _ := data["answer"].(string)
			session, _ = data["session_id"].(string)
			answer += text
		}
	}
}
