package importer

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// harEntry is one entry of a HAR file, as far as it matters. Keys with an underscore are those that browsers add.
type harEntry struct {
	StartedDateTime   string      `json:"startedDateTime"`
	Time              float64     `json:"time"` // in milliseconds; -1 and null if it is not known
	Request           harRequest  `json:"request"`
	Response          harResponse `json:"response"`
	ResourceType      string      `json:"_resourceType"`
	FromCache         any         `json:"_fromCache"`         // memory or disk
	WebSocketMessages any         `json:"_webSocketMessages"` // only with a WebSocket
}

type harRequest struct {
	Method   string       `json:"method"`
	URL      string       `json:"url"`
	Headers  []harField   `json:"headers"`
	PostData *harPostData `json:"postData"`
}

type harPostData struct {
	MimeType string     `json:"mimeType"`
	Text     *string    `json:"text"`
	Params   []harField `json:"params"`
	Encoding string     `json:"encoding"` // base64, which some programs add
}

type harField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harResponse struct {
	Status      int        `json:"status"`
	RedirectURL string     `json:"redirectURL"`
	Headers     []harField `json:"headers"`
	Content     struct {
		MimeType string          `json:"mimeType"`
		Text     json.RawMessage `json:"text"`
		Encoding string          `json:"encoding"`
	} `json:"content"`
}

// maxAnswer bounds the answers that are searched for values which later requests carry.
const maxAnswer = 1 << 20

func (h *harEntry) exchange() exchange {
	e := exchange{
		started:    parseTime(h.StartedDateTime),
		method:     h.Request.Method,
		status:     h.Response.Status,
		location:   h.Response.RedirectURL,
		answerType: h.Response.Content.MimeType,
		resource:   strings.ToLower(h.ResourceType),
		cached:     h.FromCache != nil && h.FromCache != false,
	}
	if !e.started.IsZero() {
		e.ended = e.started.Add(milliseconds(h.Time))
	}
	if h.WebSocketMessages != nil {
		e.resource = "websocket"
	}
	if u, err := url.Parse(h.Request.URL); err == nil {
		e.url = lowerHost(u)
	}
	for _, f := range h.Request.Headers {
		e.headers = append(e.headers, header{http.CanonicalHeaderKey(f.Name), f.Value})
	}
	for _, f := range h.Response.Headers {
		if e.location == "" && strings.EqualFold(f.Name, "Location") {
			e.location = f.Value
		}
	}
	if h.Request.PostData != nil {
		e.body = h.Request.PostData.payload(e.header("Content-Type"))
	}
	if isJSONType(e.answerType) {
		e.answer = h.answer()
	}
	return e
}

// timeLayouts are those that programs write; the format asks for the first (ISO 8601), which reads fractions of seconds too.
var timeLayouts = []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05"}

// parseTime is the zero time for what is no time.
func parseTime(s string) time.Time {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// milliseconds is a time as HAR files have it; nonsense is 0, and more than a day is a day.
func milliseconds(ms float64) time.Duration {
	if !(ms > 0) {
		return 0
	}
	return time.Duration(math.Min(ms, float64(24*time.Hour/time.Millisecond)) * float64(time.Millisecond))
}

// payload is the body; contentType is the header, which says more than the field does.
func (p *harPostData) payload(contentType string) payload {
	body := payload{mediaType: contentType}
	if body.mediaType == "" {
		body.mediaType = p.MimeType
	}
	switch {
	case p.Text != nil && *p.Text != "":
		body.text = *p.Text
	case len(p.Params) > 0 && mediaType(body.mediaType) == formType:
		body.text = joinParams(p.Params)
	case len(p.Params) > 0:
		body.lost = "its body was not recorded"
	}
	if strings.EqualFold(p.Encoding, "base64") {
		decoded, err := base64.StdEncoding.DecodeString(body.text)
		if body.text = string(decoded); err != nil {
			body.lost = "its body is no valid base64"
		}
	}
	if !utf8.ValidString(body.text) || strings.ContainsRune(body.text, utf8.RuneError) {
		body.lost = "its body is no text"
	}
	return body
}

func joinParams(params []harField) string {
	var pairs []string
	for _, p := range params {
		pairs = append(pairs, url.QueryEscape(p.Name)+"="+url.QueryEscape(p.Value))
	}
	return strings.Join(pairs, "&")
}

// answer is the body of a JSON answer, nil if it is too large or was not recorded.
func (h *harEntry) answer() []byte {
	content := h.Response.Content
	var text string
	if len(content.Text) > 2*maxAnswer || json.Unmarshal(content.Text, &text) != nil || len(text) > maxAnswer {
		return nil
	}
	if strings.EqualFold(content.Encoding, "base64") {
		decoded, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil
		}
		return decoded
	}
	return []byte(text)
}
