package edge

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// subprotocol is the one that sockets speak: that of the npm package graphql-ws.
const subprotocol = "graphql-transport-ws"

// Close codes of the subprotocol, and those of HTTP's kind that its clients try again after.
const (
	closeInvalid      websocket.StatusCode = 4400
	closeUnauthorized websocket.StatusCode = 4401 // an operation before the acknowledgement
	closeForbidden    websocket.StatusCode = 4403 // a token that is missing, wrong, expired or revoked
	closeSubprotocol  websocket.StatusCode = 4406
	closeInitTimeout  websocket.StatusCode = 4408
	closeDuplicate    websocket.StatusCode = 4409
	closeTooManyInits websocket.StatusCode = 4429
)

// message is one message of the subprotocol, either way.
type message struct {
	Type    string          `json:"type"`
	ID      string          `json:"id,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// longestID is the longest id of an operation, in bytes. It is repeated in every message.
const longestID = 256

// readMessage reads a message and what the protocol says of its form.
func readMessage(text []byte) (message, bool) {
	var m message
	if json.Unmarshal(text, &m) != nil || len(m.ID) > longestID {
		return m, false
	}
	object := bytes.HasPrefix(bytes.TrimLeft(m.Payload, " \t\r\n"), []byte("{"))
	absent := len(m.Payload) == 0 || string(m.Payload) == "null"
	switch m.Type {
	case "connection_init", "ping", "pong":
		return m, object || absent
	case "subscribe":
		return m, m.ID != "" && object
	case "complete":
		return m, m.ID != ""
	}
	return m, false
}

// params reads what is to be executed.
func (m message) params() (*graphql.RawParams, bool) {
	var params graphql.RawParams
	if decodeObject(string(m.Payload), &params) != nil {
		return nil, false
	}
	return &params, true
}

// control writes a message without an operation.
func control(kind string, payload json.RawMessage) []byte {
	text, err := json.Marshal(message{Type: kind, Payload: payload})
	if err != nil { // the payload was JSON when it came
		panic(err)
	}
	return text
}

// about writes a message of an operation. The payload, already JSON, is passed on as it is.
func about(id, kind string, payload []byte) []byte {
	name, err := json.Marshal(id)
	if err != nil { // a Go string is always a JSON string
		panic(err)
	}
	text := make([]byte, 0, len(payload)+len(name)+48)
	text = append(append(text, `{"id":`...), name...)
	text = append(append(text, `,"type":"`...), kind...)
	text = append(text, '"')
	if payload != nil {
		text = append(append(text, `,"payload":`...), payload...)
	}
	return append(text, '}')
}

func errorMessage(id string, errs gqlerror.List) []byte {
	list, err := json.Marshal(errs)
	if err != nil {
		// Only an extension of a type that JSON has not can do this.
		list = []byte(`[{"message":"internal error"}]`)
	}
	return about(id, "error", list)
}

// shown finds the credentials in the payload of connection_init: in itself or in its headers, as the
// clients put them; and else in the headers of the request that opened the socket.
func shown(payload json.RawMessage, r *http.Request) Credentials {
	var top map[string]json.RawMessage
	_ = json.Unmarshal(payload, &top) // a payload that is absent shows nothing
	var below map[string]json.RawMessage
	_ = json.Unmarshal(named(top, "headers"), &below) // nor do headers that are none
	find := func(names ...string) string {
		for _, from := range []map[string]json.RawMessage{top, below} {
			for _, name := range names {
				var text string
				if json.Unmarshal(named(from, name), &text) == nil && text != "" {
					return text
				}
			}
		}
		return r.Header.Get(names[0])
	}
	return Credentials{Token: bare(find("Authorization")), Device: find(headerDevice, "device"), DeviceTime: find(headerDeviceTime)}
}

const (
	headerDevice     = "Plumbline-Device"
	headerDeviceTime = "Plumbline-Device-Time"
)

// named returns the value of a name, however it is capitalised.
func named(object map[string]json.RawMessage, name string) json.RawMessage {
	if value, ok := object[name]; ok {
		return value
	}
	for key, value := range object {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return nil
}

// bare is a token without its scheme.
func bare(authorization string) string {
	authorization = strings.TrimSpace(authorization)
	if scheme, token, found := strings.Cut(authorization, " "); found && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	return authorization
}

// credentialsOf are those in the headers of a request.
func credentialsOf(r *http.Request) Credentials { return shown(nil, r) }
