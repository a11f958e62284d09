
 # nothing
