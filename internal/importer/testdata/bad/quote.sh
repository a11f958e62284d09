curl 'http://h/
  -d x