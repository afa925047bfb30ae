#!/bin/sh
# Workers for `edgecask matrix` on hosts that SSH reaches: one a host, until Ctrl-C.
#
#   sh ssh.sh tls://HOST:8786 s3://BUCKET/edgecask FOLDER lab-1 lab-2
#
# HOST has the scheduler. FOLDER is where each of the hosts has ca.pem, certificate.pem and key.pem. What a worker says
# is in lab-1.log and so on, here. A worker ends with its connection, which takes a terminal (-tt).
set -eu
scheduler=$1 store=$2 tls=$3
shift 3
connections=
for host; do
    ssh -tt "$host" "EDGECASK_REMOTE_STORE='$store' edgecask worker --cluster='$scheduler' --tls-ca='$tls/ca.pem' \
        --tls-cert='$tls/certificate.pem' --tls-key='$tls/key.pem' --name='$host'" < /dev/null > "$host.log" 2>&1 &
    connections="$connections $!"
done
trap 'kill $connections 2> /dev/null' INT TERM
wait
wait
