#!/bin/sh
# Make the secrets and certificates that docker-compose.yml reads, in ./secrets or the folder that is given. What is
# there stays; remove a file to have it made anew. As root, each is given to the user of the container that reads it.
set -eu
umask 077
folder=${1:-secrets}
mkdir -p "$folder"
cd "$folder"

secret() {
    [ -s "$1" ] || openssl rand -hex 32 >"$1"
}

authority() {
    [ -s authority.pem ] || openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj "/CN=memory stores" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout authority.key -out authority.pem 2>/dev/null
}

certificate() { # NAME: the service, under which others reach it
    [ -s "$1.pem" ] && return
    openssl req -newkey rsa:3072 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>/dev/null
    printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\n' "$1" >"$1.ext"
    openssl x509 -req -days 825 -in "$1.csr" -CA authority.pem -CAkey authority.key -CAcreateserial \
        -extfile "$1.ext" -out "$1.pem" 2>/dev/null
    rm -f "$1.csr" "$1.ext"
}

owner() { # USER FILE…: the number of the user in the container
    [ "$(id -u)" = 0 ] || return 0
    user=$1
    shift
    chown "$user" "$@"
}

secret catalogue_password
secret index_api_key
authority
certificate postgres
certificate qdrant
chmod 0444 authority.pem postgres.pem qdrant.pem
owner 999 postgres.key
owner 1000 qdrant.key
# Two containers read each of these, as different users; the folder itself is closed to everybody else.
chmod 0444 catalogue_password index_api_key
echo "Secrets are in $folder; keep authority.key away from this machine."
