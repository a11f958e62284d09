curl -F a=@b http://h/ --frobnicate -sq -d @file
wget http://h/
curl http://h/{a,b} -X 'a b' -m soon; curl -H nonsense
curl -H
