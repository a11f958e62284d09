package telemetry

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/program"
)

// Export tells the receivers what there is to tell, all at once and each within its time. It never takes longer than ctx: what
// hangs is left behind. The error is one line.
func (s Settings) Export(ctx context.Context, b Batch) error {
	b.Resource = s.resource(b)
	var traces, metrics func() error
	if s.Traces != nil && len(b.Spans) > 0 {
		traces = s.Traces.start(ctx, b.traces(), b.Version)
	}
	if s.Metrics != nil && len(b.Metrics) > 0 {
		metrics = s.Metrics.start(ctx, b.metrics(), b.Version)
	}
	var failures failures
	if traces != nil {
		failures.add("traces", traces())
	}
	if metrics != nil {
		failures.add("metrics", metrics())
	}
	return failures.err()
}

// start begins a request; what it returns waits for its end, and for no longer than its time. A file with a certificate that
// cannot be read to its end is waited for as little as a receiver that does not answer.
func (r *Receiver) start(ctx context.Context, body []byte, version string) (wait func() error) {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	done := make(chan error, 1)
	go func() { done <- r.send(ctx, body, version) }()
	return func() error {
		defer cancel()
		return program.Await(ctx, done)
	}
}

// failures are causes with what they are the cause of.
type failures []struct{ cause, signals string }

func (f *failures) add(signal string, err error) {
	if err == nil {
		return
	}
	for i := range *f {
		if (*f)[i].cause == err.Error() {
			(*f)[i].signals += " and " + signal
			return
		}
	}
	*f = append(*f, struct{ cause, signals string }{err.Error(), signal})
}

func (f failures) err() error {
	if len(f) == 0 {
		return nil
	}
	var parts []string
	for _, failure := range f {
		parts = append(parts, failure.signals+": "+failure.cause)
	}
	return errors.New("exporting telemetry: " + strings.Join(parts, "; "))
}

// resource is who tells it, with what the environment says of that last: it counts.
func (s Settings) resource(b Batch) []slog.Attr {
	all := []slog.Attr{slog.String("service.name", s.service), slog.String("service.version", b.Version)}
	all = append(append(all, b.Resource...), s.attributes...)
	var unique []slog.Attr
	at := map[string]int{}
	for _, a := range all {
		if i, seen := at[a.Key]; seen {
			unique[i] = a
			continue
		}
		at[a.Key] = len(unique)
		unique = append(unique, a)
	}
	return unique
}

// mostAnswer is more than a receiver has to say.
const mostAnswer = 64 << 10

// send makes one request. It is not tried again: the next run has newer numbers.
func (r *Receiver) send(ctx context.Context, body []byte, version string) error {
	where := r.URL.Scheme + "://" + r.URL.Host
	client, err := r.client()
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL.String(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	for name, value := range r.Headers {
		request.Header.Set(name, value)
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	request.Header.Set("User-Agent", "latency-pod-autoscaler/"+version)
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("%s: %w", where, r.plain(err))
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, mostAnswer))
	switch {
	case response.StatusCode < 200 || response.StatusCode > 299:
		return fmt.Errorf("%s: %s answers %d%s", where, r.URL.Path, response.StatusCode, said(answer, 2))
	case err != nil:
		return fmt.Errorf("%s: %w", where, r.plain(err))
	}
	// ExportTracePartialSuccess and ExportMetricsPartialSuccess look the same.
	if partial, _ := field(answer, 1); len(partial) > 0 {
		_, rejected := field(partial, 1)
		if rejected > 0 || said(partial, 2) != "" {
			return fmt.Errorf("%s: %d were rejected%s", where, rejected, said(partial, 2))
		}
	}
	return nil
}

// said is what a receiver has put into a field for people, as the end of a sentence; empty if it has said nothing.
func said(answer []byte, number int) string {
	text, _ := field(answer, number)
	if len(text) == 0 {
		return ""
	}
	return fmt.Sprintf(": %.200q", text)
}

// plain is an error without what the message has already.
func (r *Receiver) plain(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("did not answer in time")
	}
	return err
}

func (r *Receiver) client() (*http.Client, error) {
	config := &tls.Config{}
	if r.CA != "" {
		pem, err := os.ReadFile(r.CA)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s: has no certificate in PEM form", r.CA)
		}
	}
	if certificate := cmp.Or(r.Certificate, r.Key); certificate != "" {
		pair, err := tls.LoadX509KeyPair(r.Certificate, r.Key)
		if err != nil {
			return nil, fmt.Errorf("the client's certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	transport := &http.Transport{TLSClientConfig: config, MaxResponseHeaderBytes: mostAnswer}
	if r.Proxy != nil {
		transport.Proxy = func(request *http.Request) (*url.URL, error) { return r.Proxy(request.URL) }
	}
	return &http.Client{
		Transport: transport,
		// Headers can hold secrets, which are for nobody that the receiver may point to.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}
