package loadtest

import (
	"cmp"
	"net/url"

	"golang.org/x/net/http/httpproxy"
)

// ProxyFromEnvironment says which proxy a request goes through, as curl and others do it: by the environment variables
// HTTP_PROXY, HTTPS_PROXY and NO_PROXY, or their lower-case forms. It is nil where they name none. Requests to this machine go
// through none.
func ProxyFromEnvironment(env func(string) (string, bool)) func(*url.URL) (*url.URL, error) {
	value := func(upper, lower string) string {
		u, _ := env(upper)
		l, _ := env(lower)
		return cmp.Or(u, l)
	}
	config := httpproxy.Config{
		HTTPProxy:  value("HTTP_PROXY", "http_proxy"),
		HTTPSProxy: value("HTTPS_PROXY", "https_proxy"),
		NoProxy:    value("NO_PROXY", "no_proxy"),
	}
	if config.HTTPProxy == "" && config.HTTPSProxy == "" {
		return nil
	}
	return config.ProxyFunc()
}
