#!/bin/sh
# Makes an authority, and by it a certificate for the shop and one for its clients, in the folder FOLDER:
#
#   example/mtls/certificates.sh FOLDER
set -eu
cd "$1"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=shop authority" -keyout ca.key -out ca.crt
for who in server client; do
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$who" -keyout "$who.key" -out "$who.csr"
  printf 'subjectAltName=DNS:shop\nextendedKeyUsage=serverAuth,clientAuth\n' >"$who.ext"
  openssl x509 -req -in "$who.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -extfile "$who.ext" -out "$who.crt"
done
