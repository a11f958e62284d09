package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// customer talks to a shop.
type customer struct {
	t      *testing.T
	client *http.Client
	url    string
	token  string
}

func newCustomer(t *testing.T) *customer {
	server := httptest.NewServer(newShop("secret", 1))
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &customer{t: t, client: &http.Client{Jar: jar}, url: server.URL}
}

func (c *customer) ask(method, path, body string) (int, map[string]any) {
	c.t.Helper()
	r, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	require.NoError(c.t, err)
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := c.client.Do(r)
	require.NoError(c.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(c.t, err)
	var value map[string]any
	_ = json.Unmarshal(text, &value) // not every answer is JSON
	return answer.StatusCode, value
}

func (c *customer) login() {
	c.t.Helper()
	status, answer := c.ask("POST", "/login", `{"user": "ann", "password": "secret"}`)
	require.Equal(c.t, http.StatusOK, status)
	c.token = answer["data"].(map[string]any)["token"].(string)
}

func TestAVisit(t *testing.T) {
	c := newCustomer(t)
	c.login()
	status, page := c.ask("GET", "/items?page=50", "")
	require.Equal(t, http.StatusOK, status)
	require.Len(t, page["items"], pageSize)
	status, _ = c.ask("GET", "/items/1000", "")
	require.Equal(t, http.StatusOK, status)

	status, _ = c.ask("POST", "/orders", "")
	require.Equal(t, http.StatusConflict, status, "the cart is empty")
	for range 2 {
		status, _ = c.ask("POST", "/cart", `{"item": 7}`)
		require.Equal(t, http.StatusCreated, status)
	}
	_, cart := c.ask("GET", "/cart", "")
	require.Equal(t, []any{"7", "7"}, cart["items"])
	status, order := c.ask("POST", "/orders", "")
	require.Equal(t, http.StatusAccepted, status)
	_, cart = c.ask("GET", "/cart", "")
	require.Empty(t, cart["items"])
	status, _ = c.ask("GET", "/orders/"+order["order"].(string), "")
	require.Equal(t, http.StatusOK, status)
	_, old := c.ask("GET", "/orders/1", "")
	require.Equal(t, "done", old["state"])
	_, coming := c.ask("GET", "/orders/99999999999999", "")
	require.Equal(t, "pending", coming["state"])
}

func TestWhatIsRefused(t *testing.T) {
	c := newCustomer(t)
	for _, wrong := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/login", `{"user": "ann", "password": "guess"}`, http.StatusUnauthorized},
		{"POST", "/login", `{"password": "secret"}`, http.StatusUnauthorized},
		{"POST", "/login", "user=ann", http.StatusBadRequest},
		{"POST", "/login", `{"user": "` + strings.Repeat("a", 100_000) + `"}`, http.StatusBadRequest},
		{"GET", "/items?page=0", "", http.StatusNotFound},
		{"GET", "/items?page=x", "", http.StatusNotFound},
		{"GET", "/items/1001", "", http.StatusNotFound},
		{"GET", "/cart", "", http.StatusUnauthorized},
		{"DELETE", "/items", "", http.StatusMethodNotAllowed},
	} {
		status, _ := c.ask(wrong.method, wrong.path, wrong.body)
		require.Equal(t, wrong.status, status, "%s %s", wrong.method, wrong.path)
	}
	c.token = "ann.0000"
	status, _ := c.ask("GET", "/cart", "")
	require.Equal(t, http.StatusUnauthorized, status, "a token that the shop has not made")
	c.login()
	for i := range fullCart + 1 {
		status, _ = c.ask("POST", "/cart", `{"item": 1}`)
		require.Equal(t, map[bool]int{true: http.StatusCreated, false: http.StatusConflict}[i < fullCart], status)
	}
}

func TestWrongVariables(t *testing.T) {
	for _, wrong := range []struct{ name, value, message string }{
		{"WORK", "much", `WORK: must be a whole number of at least 0, got "much"`},
		{"TLS_CERT", "none.crt", "no such file"},
		{"PORT", "high", "listen"},
	} {
		err := run(t.Context(), func(name string) string { return map[string]string{wrong.name: wrong.value}[name] })
		require.ErrorContains(t, err, wrong.message)
	}
}
