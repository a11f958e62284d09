package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/latency-pod-autoscaler/lpa/loadtest"
	"github.com/stretchr/testify/require"
)

// TestMutualTLS measures a service that wants a client certificate, with the authority and the certificate in files.
func TestMutualTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	defer server.Close()

	dir := t.TempDir()
	certificate := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: certificate.Certificate[0]},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: key},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
	verdict := func(tlsKeys string) loadtest.Quality {
		config := configuration(dir, server.URL, "runTime: 1500ms, tls: {"+tlsKeys+"}", time.Minute)
		cmd, stdout, stderr := command(t, self(t), dir, config)
		require.NoError(t, cmd.Run(), "%s", stderr)
		return parse(t, stdout).Quality
	}
	files := fmt.Sprintf("cert: %s/cert.pem, key: %s/key.pem", dir, dir)
	require.Equal(t, loadtest.VerdictOK, verdict(fmt.Sprintf("ca: %s/cert.pem, %s", dir, files)).Verdict)
	require.Equal(t, loadtest.VerdictOK, verdict("insecureSkipVerify: true, "+files).Verdict)
	unknown := verdict(files)
	require.Equal(t, loadtest.VerdictTargetDown, unknown.Verdict)
	require.Contains(t, unknown.Reasons[0], "requests failed: tls: "+server.Listener.Addr().String()+" (mostly GET /x)")
	require.Equal(t, loadtest.VerdictTargetDown, verdict(fmt.Sprintf("ca: %s/cert.pem", dir)).Verdict, "without a certificate of its own")
	require.Equal(t, loadtest.VerdictTargetDown, verdict(fmt.Sprintf("serverName: other.example, ca: %s/cert.pem, %s", dir, files)).Verdict)
}
