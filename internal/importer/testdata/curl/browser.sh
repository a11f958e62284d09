curl 'https://shop.example.com/api/items/4711' \
  -H 'accept: application/json' \
  -H 'accept-language: en' \
  -H 'authorization: Bearer abc.def' \
  -b 'session=1' \
  -H 'priority: u=1, i' \
  -H 'user-agent: Mozilla/5.0' ;
curl 'https://shop.example.com/api/cart' \
  -X 'PUT' \
  -H 'accept: application/json' \
  -H 'accept-language: en' \
  -H 'authorization: Bearer abc.def' \
  -H 'content-type: application/json' \
  --data-raw $'{"item":4711,"note":"It\'s \u0021","password":"x"}' \
  --compressed --insecure
