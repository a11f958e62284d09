// Package kube asks the API server about the one resource that is scaled: it reads and writes annotations and creates
// Events. It is no general client: evaluate runs once a minute for some milliseconds, and most often needs none of this.
package kube

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/latency-pod-autoscaler/lpa/internal/jsonfault"
)

// Client speaks to one API server as one service account.
type Client struct {
	base      string // such as https://10.96.0.1:443
	tokenFile string
	http      *http.Client
}

// Lookup finds an environment variable.
type Lookup func(name string) (value string, set bool)

// DefaultServiceAccount is the folder in which a pod finds its service account, unless the environment variable
// serviceAccountPath names another one.
const DefaultServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"

// InCluster is a client for the cluster that the process runs in, by what Kubernetes gives every pod. It reads files, but sends
// nothing yet.
func InCluster(env Lookup) (*Client, error) {
	host, set := env("KUBERNETES_SERVICE_HOST")
	if !set || host == "" {
		return nil, errors.New("the API server is not known: KUBERNETES_SERVICE_HOST is not set, so this is no pod of a cluster")
	}
	port, set := env("KUBERNETES_SERVICE_PORT")
	if !set || port == "" {
		port = "443"
	}
	folder, set := env("serviceAccountPath")
	if !set || folder == "" {
		folder = DefaultServiceAccount
	}
	return New("https://"+net.JoinHostPort(host, port), folder)
}

// New is a client for the API server at base, as the service account whose files token and ca.crt are in folder.
func New(base, folder string) (*Client, error) {
	pem, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	if err != nil {
		return nil, fmt.Errorf("the service account cannot be read: %w; automountServiceAccountToken must not be false", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: has no certificate in PEM form", filepath.Join(folder, "ca.crt"))
	}
	return &Client{
		base:      base,
		tokenFile: filepath.Join(folder, "token"),
		http: &http.Client{
			Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}},
			// A token is for the API server alone, wherever it may point to.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// maxAnswer is more than an object in Kubernetes can have.
const maxAnswer = 4 << 20

// onlyMetadata asks the API server to leave spec and status out of what it answers.
const onlyMetadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"

// do sends one request and decodes its answer into out, unless that is nil. An answer other than 2xx is a *StatusError.
func (c *Client) do(ctx context.Context, method, path, kind string, body, out any) error {
	request, err := c.request(ctx, method, path, kind, body)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return unreachable(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return unreachable(err)
	case response.StatusCode < 200 || response.StatusCode > 299:
		return newStatusError(response.StatusCode, data)
	case len(data) > maxAnswer:
		return fmt.Errorf("the API server's answer has more than %d MiB", maxAnswer>>20)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("the API server's answer is not what it should be: %s", jsonfault.In(data, err))
	}
	return nil
}

func (c *Client) request(ctx context.Context, method, path, kind string, body any) (*http.Request, error) {
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, content)
	if err != nil {
		return nil, err
	}
	// The kubelet replaces the token every hour or so, so it is read anew.
	token, err := os.ReadFile(c.tokenFile)
	if err != nil {
		return nil, fmt.Errorf("the service account cannot be read: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	request.Header.Set("Accept", onlyMetadata)
	request.Header.Set("User-Agent", "latency-pod-autoscaler")
	if body != nil {
		request.Header.Set("Content-Type", kind)
	}
	return request, nil
}

func unreachable(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the API server did not answer in time: %w", err)
	}
	return fmt.Errorf("the API server cannot be asked: %w", err)
}
