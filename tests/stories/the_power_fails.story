# kill -9 in the middle of a meeting, and an ordinary stop: nothing acknowledged is lost.
servers: ngircd inspircd demo

gwd joins
gwd: #startmeeting Virt SIG
  beadle: Meeting started …
  beadle: Useful Commands: …
gwd: #topic Power
  topic: …
  topic: Power (Meeting topic: Virt SIG)
gwd: #info one

the bot is killed
  beadle leaves
the bot starts
  beadle joins
  beadle: Back.  Not heard between … and … UTC; the log marks the gap.
gwd: #info two

the bot stops
  beadle leaves
the bot starts
  beadle joins
  beadle: Back.  Not heard between … and … UTC; the log marks the gap.
gwd: #undo
  beadle: Removed: INFO two
gwd: #endmeeting
  beadle: Meeting ended … UTC (… min).
  …
  minutes txt:
    …Power…
    …one…
    not: …two…
