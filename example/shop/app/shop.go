package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// shop answers with what the requests themselves say.
type shop struct {
	password string
	work     int
}

// packing is how long an order is pending.
const packing = 300 * time.Millisecond

func newShop(password string, work int) http.Handler {
	s := shop{password, work}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("GET /items", s.items)
	mux.HandleFunc("GET /items/{id}", s.item)
	mux.HandleFunc("GET /cart", s.known(s.cart))
	mux.HandleFunc("POST /cart", s.known(s.add))
	mux.HandleFunc("POST /orders", s.known(s.order))
	mux.HandleFunc("GET /orders/{id}", s.known(s.orderState))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			s.toil()
		}
		mux.ServeHTTP(w, r)
	})
}

// toil is what an answer costs.
func (s shop) toil() {
	sum := sha256.Sum256(nil)
	for range s.work {
		sum = sha256.Sum256(sum[:])
	}
}

func reply(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client has gone, if anything
}

func refuse(w http.ResponseWriter, status int, reason string) {
	reply(w, status, map[string]string{"error": reason})
}

// read takes the JSON of a request, of at most 64 KiB.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(into); err != nil {
		refuse(w, http.StatusBadRequest, "JSON is expected")
		return false
	}
	return true
}

// sign is a token for a user, which any replica can check.
func (s shop) sign(user string) string {
	mac := hmac.New(sha256.New, []byte(s.password))
	mac.Write([]byte(user))
	return user + "." + hex.EncodeToString(mac.Sum(nil))
}

func (s shop) login(w http.ResponseWriter, r *http.Request) {
	var account struct{ User, Password string }
	if !read(w, r, &account) {
		return
	}
	if account.User == "" || !hmac.Equal([]byte(account.Password), []byte(s.password)) {
		refuse(w, http.StatusUnauthorized, "user or password is wrong")
		return
	}
	reply(w, http.StatusOK, map[string]any{"data": map[string]string{"token": s.sign(account.User)}})
}

// known lets only those pass who have logged in.
func (s shop) known(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		user, _, _ := strings.Cut(token, ".")
		if user == "" || !hmac.Equal([]byte(token), []byte(s.sign(user))) {
			refuse(w, http.StatusUnauthorized, "log in first")
			return
		}
		next(w, r)
	}
}

// pageSize and pages are how much the shop sells.
const (
	pageSize = 20
	pages    = 50
)

type item struct {
	ID    int     `json:"id"`
	Name  string  `json:"name"`
	Price float64 `json:"price"`
}

func itemOf(id int) item { return item{id, fmt.Sprintf("item %d", id), float64(id%97) + 0.99} }

func (s shop) items(w http.ResponseWriter, r *http.Request) {
	page, err := strconv.Atoi(or(r.URL.Query().Get("page"), "1"))
	if err != nil || page < 1 || page > pages {
		refuse(w, http.StatusNotFound, "no such page")
		return
	}
	var items []item
	for i := range pageSize {
		items = append(items, itemOf((page-1)*pageSize+i+1))
	}
	reply(w, http.StatusOK, map[string]any{"items": items, "pages": pages})
}

func (s shop) item(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || id < 1 || id > pages*pageSize {
		refuse(w, http.StatusNotFound, "no such item")
		return
	}
	reply(w, http.StatusOK, itemOf(id))
}

// inCart is the items of the cart, which is a cookie such as 7-12.
func inCart(r *http.Request) []string {
	cookie, err := r.Cookie("cart")
	if err != nil || cookie.Value == "" {
		return []string{}
	}
	return strings.Split(cookie.Value, "-")
}

func (s shop) cart(w http.ResponseWriter, r *http.Request) {
	reply(w, http.StatusOK, map[string]any{"items": inCart(r)})
}

// fullCart is how much fits into the cookie.
const fullCart = 50

func (s shop) add(w http.ResponseWriter, r *http.Request) {
	var wanted struct{ Item int }
	if !read(w, r, &wanted) {
		return
	}
	items := append(inCart(r), strconv.Itoa(wanted.Item))
	if len(items) > fullCart {
		refuse(w, http.StatusConflict, "the cart is full")
		return
	}
	http.SetCookie(w, &http.Cookie{Name: "cart", Value: strings.Join(items, "-"), Path: "/", HttpOnly: true})
	reply(w, http.StatusCreated, map[string]any{"items": items})
}

func (s shop) order(w http.ResponseWriter, r *http.Request) {
	if len(inCart(r)) == 0 {
		refuse(w, http.StatusConflict, "the cart is empty")
		return
	}
	http.SetCookie(w, &http.Cookie{Name: "cart", Path: "/", MaxAge: -1})
	reply(w, http.StatusAccepted, map[string]any{"order": strconv.FormatInt(time.Now().UnixMilli(), 10), "state": "pending"})
}

func (s shop) orderState(w http.ResponseWriter, r *http.Request) {
	made, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		refuse(w, http.StatusNotFound, "no such order")
		return
	}
	state := "pending"
	if time.Since(time.UnixMilli(made)) >= packing {
		state = "done"
	}
	reply(w, http.StatusOK, map[string]string{"state": state})
}
