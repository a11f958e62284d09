curl ^"https://h/^" ^
  -H ^"a: b^"