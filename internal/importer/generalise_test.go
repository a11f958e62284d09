package importer

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestGeneralise(t *testing.T) {
	for path, want := range map[string]string{
		"/":                        "/",
		"/items/4711":              "/items/:id",
		"/items/4711/reviews/2":    "/items/:id/reviews/:id",
		"/items/4711.json":         "/items/:id.json",
		"/static/main.3f2a9c1b.js": "/static/main.:id.js",
		"/u/0f8fad5b-d9cb-469f-a165-70867728950e":                   "/u/:id",
		"/u/507f1f77bcf86cd799439011":                               "/u/:id",
		"/u/01ARZ3NDEKTSV4RRFFQ69G5FAV":                             "/u/:id",
		"/u/cjld2cjxh0000qzrmn831i7rn":                              "/u/:id",
		"/u/cus_NffrFeUfNV2Hib":                                     "/u/:id",
		"/watch/dQw4w9WgXcQ":                                        "/watch/:id",
		"/t/dGhlIHF1aWNrIGJyb3duIGZveDE%3D":                         "/t/:id",
		"/t/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl": "/t/:id",
		"/calendar/2026-03-02/events":                               "/calendar/:date/events",
		"/cart;jsessionid=A1B2C3":                                   "/cart",

		// Words stay, with digits and capitals in them too.
		"/api/v1/GetUserInformation2":          "/api/v1/GetUserInformation2",
		"/oauth2/authorize":                    "/oauth2/authorize",
		"/blog/ten-things-to-know-about-2026":  "/blog/ten-things-to-know-about-2026",
		"/products/iPhone-15-Pro-Max-256GB":    "/products/iPhone-15-Pro-Max-256GB",
		"/facade/deadbeef":                     "/facade/deadbeef",
		"/internationalization18n/config.json": "/internationalization18n/config.json",
		"/docs/1.2.3/index.html":               "/docs/1.2.3/index.html",
		"/a%zz/b%20c":                          "/a%zz/b%20c",
	} {
		require.Equal(t, want, generalise(path), path)
	}
}

func TestPause(t *testing.T) {
	for recorded, want := range map[time.Duration]time.Duration{
		-time.Second:            0,
		99 * time.Millisecond:   0,
		100 * time.Millisecond:  100 * time.Millisecond,
		449 * time.Millisecond:  400 * time.Millisecond,
		1340 * time.Millisecond: 1500 * time.Millisecond,
		7400 * time.Millisecond: 7 * time.Second,
		time.Hour:               10 * time.Second,
	} {
		require.Equal(t, want, pause(recorded), recorded)
	}
}

func TestVariableName(t *testing.T) {
	for key, want := range map[string]string{
		"password": "PASSWORD", "pwd": "PASSWORD", "apiKey": "API_KEY", "X-Api-Key": "API_KEY", "access_token": "ACCESS_TOKEN",
		"client secret": "CLIENT_SECRET", "APIKey": "APIKEY", "2fa-token": "SECRET", "пароль": "SECRET", "": "SECRET", "token}": "TOKEN",
	} {
		require.Equal(t, want, variableName(key), key)
	}
}

func TestSplitCommands(t *testing.T) {
	for text, want := range map[string][][]string{
		"a b\tc\n d;e && f # g\n":            {{"a", "b", "c"}, {"d"}, {"e"}, {"f"}},
		"a \\\n  b\\\nc \\\r\n d":            {{"a", "bc", "d"}},
		`'a b'c"d e"\ f`:                     {{"a bc" + "d e f"}},
		`"\"\\\$\a$" '' ""`:                  {{`"\$\a$`, "", ""}},
		`$'\x41\101\u00e9\U1F600\n\'\q\x' $`: {{"AAé😀\n'" + `\q\x`, "$"}},
		"a#b 'it'\\''s'":                     {{"a#b", "it's"}},
	} {
		commands, problems := splitCommands(source{}, text)
		require.Empty(t, problems, text)
		var got [][]string
		for _, command := range commands {
			var words []string
			for _, word := range command {
				words = append(words, word.text)
			}
			got = append(got, words)
		}
		require.Equal(t, want, got, text)
	}
}
