# A meeting survives the server: all come back, the chair is the chair, and the gap is stated.
servers: ngircd inspircd demo

gwd joins
anna joins
gwd: #startmeeting Virt SIG
  beadle: Meeting started …
  beadle: Useful Commands: …
gwd: #topic Before
anna: #info heard
  page live:
    …heard…

the server restarts
  beadle joins
  beadle: Back.  Not heard between … and … UTC; the log marks the gap.
anna: #topic Not for anna
  anna is told: #topic: only a chair may do that.  Chairs: gwd.
gwd: #info the chair is the chair
gwd: #endmeeting
  beadle: Meeting ended …
  …
  minutes txt:
    …Before…
    …heard…
    …the chair is the chair…
  minutes log.txt:
    … <anna> #info heard
    …not heard between…
    … <gwd> #info the chair is the chair
