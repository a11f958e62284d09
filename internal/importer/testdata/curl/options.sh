# everything that is understood
curl -sSLv -o out.html --url localhost:8080/a -u alice:hunter2 -m 1.5
curl -G http://localhost:8080/search?a=1 -d q=shoes --data-urlencode 'x=a b&c' && curl -I http://localhost:8080/head; curl -XDELETE http://localhost:8080/items/42 --max-redirs 0
curl --json '{"a": ' --json '1}' http://localhost:8080/json
curl -d 'name=Alice%20A.' -d tag=1 -d tag=2 --data-urlencode "pwd=1 2" http://localhost:8080/form
curl --data-binary '{"a": 1}' http://localhost:8080/odd -H 'X-Empty;' -H 'Accept:' "http://localhost:8080/$"
curl http://bob:pw@localhost:8080/me --globoff 'http://localhost:8080/?a[]=1' -A me -e you --compressed
curl -u 0123456789abcdef0123: http://localhost:8080/key
curl --data 'plain text' -H "Content-Type: text/plain" http://localhost:8080/text \
  --max-redirs 20
