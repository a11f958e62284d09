// The shop command is the service of the examples with logins, carts and orders. It keeps nothing: a cart is a cookie and an
// order's number says when it was made, so that every replica can answer every request. Each answer costs real CPU time.
//
// Variables: PORT (8080), PASSWORD (of every account; "secret"), WORK (rounds of SHA-256 for each answer; 20000), and for TLS
// the files TLS_CERT and TLS_KEY, with CLIENT_CA if clients must have a certificate.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// drainTime is how long the service goes on answering after SIGTERM: Kubernetes takes a pod out of a Service at the same time.
const drainTime = 3 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "shop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, env func(string) string) error {
	work := 20_000
	if text := env("WORK"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return fmt.Errorf("WORK: must be a whole number of at least 0, got %q", text)
		}
		work = n
	}
	config, err := tlsConfig(env("TLS_CERT"), env("TLS_KEY"), env("CLIENT_CA"))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", ":"+or(env("PORT"), "8080"))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: newShop(or(env("PASSWORD"), "secret"), work), TLSConfig: config, ReadHeaderTimeout: 10 * time.Second}
	fmt.Println("listening on", listener.Addr())
	failed := make(chan error, 1)
	go func() {
		if config != nil {
			failed <- server.ServeTLS(listener, "", "")
			return
		}
		failed <- server.Serve(listener)
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	time.Sleep(drainTime)
	stopping, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return server.Shutdown(stopping)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// tlsConfig is nil if there is no certificate.
func tlsConfig(cert, key, clientCA string) (*tls.Config, error) {
	if cert == "" {
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	if clientCA == "" {
		return config, nil
	}
	pem, err := os.ReadFile(clientCA)
	if err != nil {
		return nil, err
	}
	config.ClientCAs, config.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	if !config.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, errors.New("CLIENT_CA: no certificate in it")
	}
	return config, nil
}
