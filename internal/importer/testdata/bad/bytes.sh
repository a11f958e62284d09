curl http://h --data-binary $'\x00\xff'
curl $'http://h/\xff' -H 'A: b'
