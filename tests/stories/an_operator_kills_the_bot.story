# The bot comes back from a KILL and a KICK, says once what it did not hear, and the meeting goes on.
servers: ngircd inspircd demo

gwd joins
gwd: #startmeeting Virt SIG
  beadle: Meeting started …
  beadle: Useful Commands: …
gwd: #info before

an operator kills beadle
  beadle leaves
gwd: said while nobody took it down
  beadle joins
  beadle: Back.  Not heard between … and … UTC; the log marks the gap.
gwd: #info between

an operator kicks beadle
  beadle leaves
  beadle joins
  beadle: Back.  Not heard between … and … UTC; the log marks the gap.
gwd: #info after
gwd: #endmeeting
  beadle: Meeting ended …
  …
  minutes txt:
    …before…
    …between…
    …after…
    not: …said while nobody…
  minutes log.txt:
    … <gwd> #info before
    …not heard between…
    … <gwd> #info between
    …not heard between…
    … <gwd> #info after
